import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { ClusterRow } from './memory-records.ts'

/** The way to a cluster of the simulation: its id alone. */
export function accessOf({ id, backendId }: ClusterRow): ClusterAccess {
  return {
    endpoints: [id],
    tls: { mode: 'SYSTEM' },
    credential: { kind: 'TOKEN', token: '' },
    expectedBackendId: backendId,
    version: `${id}/1/${backendId}`,
  }
}
