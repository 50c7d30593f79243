import { madeByOthers } from './made-by-others.ts'
import type { Records, SnapshotRow, VolumeRow } from './records.ts'
import type { ClusterTruth, TrueSnapshot, TrueVolume } from './truth.ts'

/** Names that we make begin with it. */
const OUR_NAME = /^flo-[0-9a-f]{8}-/

export const GONE = ['DELETED', 'FAILED', 'RELEASED']

/** A volume or snapshot on a cluster, and which one. */
export type Placed<T> = T & { readonly cluster: string }

export function isOurName(name: string): boolean {
  return OUR_NAME.test(name)
}

/** Whether it takes room there: a creation that failed leaves a husk with neither. */
export function isThere({ state }: Pick<TrueVolume | TrueSnapshot, 'state'>): boolean {
  return state !== 'Failed'
}

/**
 * Where the fleet has each of our volumes: under the name that follows from our id, unless others made what has it, and under the
 * cluster's own id, by which adopted ones and those that were renamed are known.
 */
export class OurPlaces {
  readonly #byName: ReadonlyMap<string, readonly Placed<TrueVolume>[]>
  readonly #byUuid: ReadonlyMap<string, Placed<TrueVolume>>
  readonly #snapshots: ReadonlyMap<string, readonly Placed<TrueSnapshot>[]>
  readonly #others: ReadonlySet<string>

  constructor(truth: readonly ClusterTruth[]) {
    const volumes = truth.flatMap(({ name, volumes }) =>
      volumes.filter(isThere).map((volume) => ({ ...volume, cluster: name })),
    )
    const snapshots = truth.flatMap(({ name, snapshots }) =>
      snapshots.filter(isThere).map((snapshot) => ({ ...snapshot, cluster: name })),
    )
    this.#others = madeByOthers(truth)
    this.#byName = Map.groupBy(volumes, ({ name }) => name)
    this.#byUuid = new Map(volumes.map((volume) => [volume.uuid, volume]))
    this.#snapshots = Map.groupBy(snapshots, ({ name }) => name)
  }

  ofVolume(volume: Pick<VolumeRow, 'backendName' | 'backendId'>): readonly Placed<TrueVolume>[] {
    const bearers = isOurName(volume.backendName) ? (this.#byName.get(volume.backendName) ?? []) : []
    const named = bearers.filter(({ uuid }) => !this.#others.has(uuid))
    const known = this.#byUuid.get(volume.backendId ?? '')
    return known && !named.some(({ uuid }) => uuid === known.uuid) ? [...named, known] : named
  }

  ofSnapshot({ backendName }: Pick<SnapshotRow, 'backendName'>): readonly Placed<TrueSnapshot>[] {
    return this.#snapshots.get(backendName) ?? []
  }

  /** Volumes and snapshots with names of ours. */
  withOurNames(): readonly Placed<TrueVolume | TrueSnapshot>[] {
    return [...this.#byName.values(), ...this.#snapshots.values()]
      .flat()
      .filter(({ name }) => isOurName(name))
  }
}

/** Clusters by id. */
export function clusterNames({ clusters }: Records): ReadonlyMap<string, string> {
  return new Map(clusters.map(({ id, name }) => [id, name]))
}
