import type { ClusterState } from '../cluster/cluster-state.ts'
import { protectionOf } from '../cluster/protection.ts'
import type { VolumeRecord } from '../cluster/records.ts'
import { physicalBytesPerReplica } from '../cluster/totals.ts'
import type { WireValue } from './render-json.ts'

/** A volume as the API answers it. Its statistics are present even when they are all zero. */
export function volumeJson(cluster: ClusterState, volume: VolumeRecord): WireValue {
  const isFull = cluster.freePhysicalBytes() === 0n
  return {
    state: volume.state,
    protectionState: protectionOf(volume, cluster.inactiveNodes, isFull),
    replicaCount: volume.replicaCount,
    nodeList: volume.nodeUuids,
    UUID: volume.uuid,
    nsid: volume.nsid,
    acl: { values: volume.acl },
    compression: String(volume.compression),
    size: volume.sizeBytes,
    name: volume.name,
    rebuildProgress: 'None',
    statistics: volumeStatistics(cluster, volume),
    IPAcl: { values: volume.ipAcl },
    ETag: String(volume.etag),
    connectedHosts: [],
    sectorSize: volume.sectorSizeBytes,
    projectName: volume.projectName,
    sourceSnapshotUUID: volume.sourceSnapshotUuid,
    sourceSnapshotName: volume.sourceSnapshotName,
    placementRestrictions: volume.placementRestrictions.map(({ operator, labelValueKeyPairs }) => ({
      operator,
      labelValueKeyPairs: labelValueKeyPairs.map(({ key, value }) => ({ key, value })),
    })),
    qosPolicyUUID: volume.qosPolicyUuid,
    qosPolicyName: cluster.qosPolicies.get(volume.qosPolicyUuid)?.name,
    primaryNodeUUID: volume.nodeUuids[0],
    creationTime: new Date(volume.createdAtMs).toISOString(),
    labels: volume.labels.map(({ key, value }) => ({ key, value })),
  }
}

function volumeStatistics(cluster: ClusterState, volume: VolumeRecord): WireValue {
  const physicalBytes =
    physicalBytesPerReplica(volume, cluster.identity.compressionRatio) * BigInt(volume.nodeUuids.length)
  return {
    logicalUsedStorage: volume.writtenBytes,
    physicalUsedStorage: physicalBytes,
    compressionRatio: volume.compression ? cluster.identity.compressionRatio : 1,
    physicalCapacity: physicalBytes,
    physicalOwnedCapacity: physicalBytes,
    userWritten: volume.writtenBytes,
  }
}
