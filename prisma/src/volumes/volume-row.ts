import type { HostAccess } from '@flotilla/core/hosts/host-access'
import type { ClusterId, DecisionId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { Volume, VolumeState } from '@flotilla/core/volumes/volume'
import { groupOfKey } from '@flotilla/core/volumes/volume-group'
import type { Volume as VolumeRow } from '../generated/client.ts'

export function toVolume(row: VolumeRow): Volume {
  return {
    id: row.id as VolumeId,
    project: row.project,
    name: row.name,
    sizeBytes: row.sizeBytes,
    shrinkToBytes: row.shrinkToBytes,
    replicas: row.replicas,
    compression: row.compression,
    qosPolicy: row.qosPolicy,
    labels: row.labels as Record<string, string>,
    state: row.state as VolumeState,
    clusterId: row.clusterId as ClusterId,
    backendName: row.observedName ?? row.backendName,
    backendProject: row.backendProject,
    adoptedAt: row.adoptedAt,
    backendId: row.backendId,
    observed: toObservation(row),
    decisionId: row.decisionId as DecisionId | null,
    policyName: row.policyName,
    policyRevision: row.policyRevision,
    group: row.placementGroup === null ? null : groupOfKey(row.placementGroup),
    sourceSnapshotId: row.sourceSnapshotId as SnapshotId | null,
    revision: row.revision,
    generation: row.generation,
    settledGeneration: row.settledGeneration,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  }
}

function toObservation(row: VolumeRow): Volume['observed'] {
  if (row.observedSizeBytes === null || row.observedState === null || row.observedAt === null) return null
  return {
    sizeBytes: row.observedSizeBytes,
    state: row.observedState,
    protection: row.observedProtection,
    access: row.observedAccess as unknown as HostAccess | null,
    foreignSnapshotCount: row.foreignSnapshotCount,
    observedAt: row.observedAt,
  }
}
