import type {
  Cluster,
  ClusterAdminState,
  ClusterConnectionState,
  ClusterHealth,
  ClusterNode,
  ClusterTls,
  CredentialKind,
} from '@flotilla/core/clusters/cluster'
import type { ClusterCapacity } from '@flotilla/core/clusters/cluster-capacity'
import type { ClusterDataPath } from '@flotilla/core/clusters/data-path'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterCapacity as CapacityRow, Cluster as ClusterRow } from '../generated/client.ts'

/** Rows are written by this package only, so their texts are taken at their word. */
export function toCluster(row: Omit<ClusterRow, 'credentialSealed'>): Cluster {
  return {
    id: row.id as ClusterId,
    name: row.name,
    driver: row.driver,
    endpoints: row.endpoints,
    tls: row.tls as unknown as ClusterTls,
    credentialKind: row.credentialKind as CredentialKind,
    credentialExpiresAt: row.credentialExpiresAt,
    labels: row.labels as Record<string, string>,
    adminState: row.adminState as ClusterAdminState,
    mutedUntil: row.mutedUntil,
    connection: row.connection as ClusterConnectionState,
    connectionError: row.connectionError,
    connectionSince: row.connectionSince,
    health: row.health as ClusterHealth,
    healthMessage: row.healthMessage,
    nodes: row.nodes as unknown as ClusterNode[],
    backendId: row.backendId,
    version: row.version,
    dataPath: row.dataPath as unknown as ClusterDataPath | null,
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    detachedAt: row.detachedAt,
  }
}

export function toCapacity(row: CapacityRow): ClusterCapacity {
  const {
    provisionedRatio: _ratio,
    reportedBytes: _reported,
    mismatchedPolls: _polls,
    clusterId,
    ...figures
  } = row
  return { ...figures, clusterId: clusterId as ClusterId }
}

/** A cluster's columns without its credential: what is not read cannot leak. */
export const WITHOUT_CREDENTIAL = { credentialSealed: true } as const
