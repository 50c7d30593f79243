import type { BackendVolume } from '../ports/cluster-driver.ts'
import type { Inventory } from './observation.ts'

/**
 * How many volumes that are not ours began as copies of snapshots of each volume, by the cluster's id of the volume; absent
 * for none.
 *
 * @param foreign those of the inventory that are listed one by one and are not ours
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
