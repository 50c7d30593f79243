import type { Placed } from './our-volumes.ts'
import type { Records, SnapshotRow, VolumeRow } from './records.ts'
import type { TrueSnapshot, TrueVolume } from './truth.ts'

/** Whether clusters made clones of the snapshots, and took snapshots of the volumes, that the records say. */
export class Origins {
  /** The clusters' ids of the snapshots. */
  readonly #snapshotIds: ReadonlyMap<string, string | null>
  /** The same of each volume: the present one, and those that it had before it was made again. */
  readonly #volumeIds: ReadonlyMap<string, readonly (string | null)[]>

  constructor({ volumes, snapshots, operations }: Records) {
    const former = Map.groupBy(operations, ({ volumeId }) => volumeId)
    this.#snapshotIds = new Map(snapshots.map(({ id, backendId }) => [id, backendId]))
    this.#volumeIds = new Map(
      volumes.map(({ id, backendId }) => [
        id,
        [backendId, ...(former.get(id) ?? []).map((each) => each.formerBackendId)],
      ]),
    )
  }

  /** One that was adopted may be a clone of what is not ours. */
  ofVolume({ adoptedAt, sourceSnapshotId }: VolumeRow, { sourceSnapshotUuid }: Placed<TrueVolume>): string[] {
    if (adoptedAt !== null) return []
    const wanted = sourceSnapshotId === null ? '' : this.#snapshotIds.get(sourceSnapshotId)
    return (wanted ?? sourceSnapshotUuid) === sourceSnapshotUuid
      ? []
      : [`is a clone of ${sourceSnapshotUuid || 'nothing'}, by the other side of ${wanted || 'nothing'}`]
  }

  /** One that is gone may have forgotten its id, or be another volume of that name by now. */
  ofSnapshot({ volumeId }: SnapshotRow, { sourceVolumeUuid }: Placed<TrueSnapshot>): string[] {
    const known = (this.#volumeIds.get(volumeId) ?? []).filter((id) => id !== null)
    return known.length === 0 || known.includes(sourceVolumeUuid)
      ? []
      : [`is of ${sourceVolumeUuid}, by the other side of ${known.join(' or ')}`]
  }
}
