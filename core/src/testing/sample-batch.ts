import type { VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { BatchFacts, IntentOutcome } from '../placement/decide-batch.ts'
import type { CreateIntent, UpdateIntent } from '../placement/placement-intent.ts'
import type { Volume } from '../volumes/volume.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleUuid,
  sampleVolumeId,
  TIB,
} from './sample-fleet.ts'

/* What the tests of batches share: intents, and the facts that they are decided on. */

export const facts = (overrides: Partial<BatchFacts> = {}): BatchFacts => ({
  candidates: [sampleCandidate(1), sampleCandidate(2)],
  policy: SAMPLE_POLICY,
  now: NOW,
  groups: new Map(),
  earlier: new Map(),
  takenNames: new Map(),
  changing: new Map(),
  sources: new Map(),
  ...overrides,
})

export const operation = (number: number, overrides: Partial<NewOperation> = {}): NewOperation => ({
  id: `op_${sampleUuid(number)}`,
  actor: 'alice',
  idempotencyKey: `key-${number}`,
  inputFingerprint: `input-${number}`,
  ...overrides,
})

export const create = (
  number: number,
  volume: Partial<CreateIntent['volume']> = {},
  operationOverrides: Partial<NewOperation> = {},
): CreateIntent => ({
  kind: 'CREATE',
  operation: operation(number, operationOverrides),
  decisionId: `dec_${sampleUuid(number)}`,
  policyName: 'default',
  volume: {
    id: sampleVolumeId(number),
    project: 'p',
    name: `v${number}`,
    sizeBytes: TIB,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    group: null,
    source: null,
    ...volume,
  },
})

export const grow = (
  number: number,
  volumeId: VolumeId,
  sizeBytes: bigint,
  expectedRevision: number | null = null,
): UpdateIntent => ({
  kind: 'UPDATE',
  operation: operation(number),
  decisionId: `dec_${sampleUuid(number)}`,
  volumeId,
  sizeBytes,
  force: false,
  changes: { name: null, compression: null, labels: null },
  expectedRevision,
})

/** 1 TiB in two replicas on cluster 1, at revision 3. */
export const volume = (number: number, overrides: Partial<Volume> = {}): Volume => ({
  id: sampleVolumeId(number),
  project: 'p',
  name: `v${number}`,
  sizeBytes: TIB,
  shrinkToBytes: null,
  replicas: 2,
  compression: false,
  qosPolicy: null,
  labels: {},
  state: 'AVAILABLE',
  clusterId: sampleClusterId(1),
  backendName: `flo-${sampleUuid(number)}`,
  backendProject: 'default',
  backendId: null,
  observed: null,
  decisionId: `dec_${sampleUuid(number)}`,
  policyName: 'default',
  policyRevision: 1,
  adoptedAt: null,
  group: null,
  sourceSnapshotId: null,
  revision: 3,
  generation: 2,
  settledGeneration: 2,
  createdAt: NOW,
  updatedAt: NOW,
  deletedAt: null,
  ...overrides,
})
export const changing = (present: Volume, observedBytes = 0n) =>
  new Map([[present.id, { volume: present, observedBytes, untaken: [] }]])

export const codeOf = (outcome: IntentOutcome | undefined) =>
  outcome?.kind === 'REFUSED' ? outcome.error.code : outcome?.kind
