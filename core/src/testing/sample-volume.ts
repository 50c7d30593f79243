import type { Volume } from '../volumes/volume.ts'
import { NOW, sampleClusterId, sampleUuid, sampleVolumeId, TIB } from './sample-fleet.ts'

/** At rest on the first sample cluster. */
export function sampleVolume(overrides: Partial<Volume> = {}): Volume {
  return {
    id: sampleVolumeId(1),
    project: 'default',
    name: 'volume-1',
    sizeBytes: TIB,
    shrinkToBytes: null,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    state: 'AVAILABLE',
    clusterId: sampleClusterId(1),
    backendName: 'flo-1',
    backendId: sampleUuid(901),
    backendProject: 'default',
    adoptedAt: null,
    observed: null,
    decisionId: `dec_${sampleUuid(1)}`,
    policyName: 'sample',
    policyRevision: 7,
    group: null,
    sourceSnapshotId: null,
    revision: 1,
    generation: 1,
    settledGeneration: 1,
    createdAt: NOW,
    updatedAt: NOW,
    deletedAt: null,
    ...overrides,
  }
}
