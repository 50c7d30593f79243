import type { BackendVolume } from '../volumes/backend-volume.ts'
import type { Inventory } from './observation.ts'

/**
 * How many volumes that were not made here began as copies of snapshots of each volume, by the cluster's id of the volume;
 * absent for none. Of those that were, the records know the source.
 *
 * @param foreign those of the inventory that are listed one by one, adopted ones included
 */
export function foreignClones(
  foreign: readonly BackendVolume[],
  { sources, further }: Pick<Inventory, 'sources' | 'further'>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const count = (snapshotId: string | null, clones: number): void => {
    const volumeId = snapshotId === null ? undefined : sources.get(snapshotId)
    if (volumeId !== undefined) counts.set(volumeId, (counts.get(volumeId) ?? 0) + clones)
  }
  for (const { sourceSnapshotId } of foreign) count(sourceSnapshotId, 1)
  for (const [snapshotId, clones] of further.clones) count(snapshotId, clones)
  return counts
}
