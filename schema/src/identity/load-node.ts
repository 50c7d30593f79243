import { parseId } from '@flotilla/core/identity/ids'
import type { Loaders } from '../loaders.ts'

/** The cluster, volume, snapshot, schedule or host with this id, or `null`. */
export function loadNode(id: string, loaders: Loaders) {
  const clusterId = parseId('Cluster', id)
  if (clusterId) return loaders.cluster.load(clusterId)
  const volumeId = parseId('Volume', id)
  if (volumeId) return loaders.volume.load(volumeId)
  const snapshotId = parseId('Snapshot', id)
  if (snapshotId) return loaders.snapshot.load(snapshotId)
  const scheduleId = parseId('SnapshotSchedule', id)
  if (scheduleId) return loaders.snapshotSchedule.load(scheduleId)
  const hostId = parseId('Host', id)
  if (hostId) return loaders.host.load(hostId)
  return null
}
