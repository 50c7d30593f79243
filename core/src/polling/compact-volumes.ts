import type { BackendVolume } from '../volumes/backend-volume.ts'
import { ownVolumeId } from '../volumes/own-volume-id.ts'
import { type FurtherVolumes, provisionedShare } from './observation.ts'

/** So many foreign volumes of one cluster are kept one by one, and told of as findings; those beyond are counted. */
export const FOREIGN_KEPT = 5_000

/** What the records know of a cluster, by the cluster's own ids. */
export interface KnownVolumes {
  readonly own: ReadonlySet<string>
  /** Those that findings tell of. */
  readonly foreign: ReadonlySet<string>
}

/** What is asked for where there are more foreign volumes than are kept; each at most once. */
export interface LongListMeans {
  readonly readKnown: () => Promise<KnownVolumes>
  /** Where snapshots of ours can be. A clone is in the project of its source. */
  readonly projects: ReadonlySet<string>
  /** Those that these volumes have in these projects, by the cluster's ids. */
  readonly readSnapshotsOf: (volumeIds: ReadonlySet<string>) => Promise<ReadonlySet<string>>
}

/**
 * All of ours and a bounded number of foreign volumes, whatever the length of the list; first those that are known already,
 * so that what was found once stays. Of those beyond, only clones of snapshots of ours are told apart, so that what is kept
 * grows with what is ours alone. Husks without capacity are left out.
 */
export async function compactVolumes(
  pages: AsyncIterable<readonly BackendVolume[]>,
  { readKnown, projects, readSnapshotsOf }: LongListMeans,
  foreignKept = FOREIGN_KEPT,
): Promise<{ readonly volumes: readonly BackendVolume[]; readonly further: FurtherVolumes }> {
  const own: BackendVolume[] = []
  const found: BackendVolume[] = []
  let strangers: BackendVolume[] = []
  const further = { count: 0, provisionedBytes: 0n, clones: new Map<string, number>() }
  let known: KnownVolumes | null = null
  let sources: ReadonlySet<string> | null = null
  const countOnly = async (volume: BackendVolume, { own: ours }: KnownVolumes): Promise<void> => {
    further.count++
    further.provisionedBytes += provisionedShare(volume)
    const { sourceSnapshotId: source, project } = volume
    if (source === null || ours.size === 0 || !projects.has(project)) return
    sources ??= await readSnapshotsOf(ours)
    if (sources.has(source)) further.clones.set(source, (further.clones.get(source) ?? 0) + 1)
  }
  /** Whether it is neither ours nor told of already. */
  const isStrange = (volume: BackendVolume, { own: ours, foreign }: KnownVolumes): boolean => {
    if (ours.has(volume.backendId)) own.push(volume)
    else if (foreign.has(volume.backendId)) found.push(volume)
    else return true
    return false
  }

  /** Those so far that are ours or told of leave their places to others: once a cluster's first ones are adopted, its next ones are found. */
  const learn = async (): Promise<KnownVolumes> => {
    const records = await readKnown()
    strangers = strangers.filter((volume) => isStrange(volume, records))
    return records
  }

  for await (const page of pages) {
    for (const volume of page) {
      if (volume.state === 'FAILED') continue
      if (ownVolumeId(volume)) own.push(volume)
      else if (!known && strangers.length < foreignKept) strangers.push(volume)
      else {
        known ??= await learn()
        if (!isStrange(volume, known)) continue
        if (strangers.length < foreignKept) strangers.push(volume)
        else await countOnly(volume, known)
      }
    }
  }
  if (!known) return { volumes: [...own, ...strangers], further }

  const room = Math.max(0, foreignKept - found.length)
  for (const volume of strangers.slice(room)) await countOnly(volume, known)
  return { volumes: [...own, ...found, ...strangers.slice(0, room)], further }
}
