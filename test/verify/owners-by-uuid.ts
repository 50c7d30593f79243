import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Facts } from './facts.ts'
import { madeByOthers } from './made-by-others.ts'
import { isOurName } from './our-volumes.ts'

/**
 * Of which records a cluster's volume is or was, by the cluster's id of it: those that have the id, had it before they were made
 * again, or gave it a name that it ever had, unless others made it. A deleted one may have forgotten its id.
 */
export function ownersByUuid({
  records,
  truth,
}: Pick<Facts, 'records' | 'truth'>): ReadonlyMap<string, ReadonlySet<VolumeId>> {
  const owners = new Map<string, Set<VolumeId>>()
  const add = (uuid: string | null, volumeId: VolumeId | null) => {
    if (uuid === null || volumeId === null) return
    owners.set(uuid, (owners.get(uuid) ?? new Set<VolumeId>()).add(volumeId))
  }
  for (const { id, backendId } of records.volumes) add(backendId, id)
  for (const { formerBackendId, volumeId } of records.operations) add(formerBackendId, volumeId)
  const byName = Map.groupBy(records.volumes, ({ backendName }) => backendName)
  const others = madeByOthers(truth)
  for (const { volumeUuid, volumeName } of truth.flatMap(({ history }) => history)) {
    if (!isOurName(volumeName) || others.has(volumeUuid)) continue
    for (const { id } of byName.get(volumeName) ?? []) add(volumeUuid, id)
  }
  return owners
}
