import type { OperationId } from '@flotilla/core/identity/ids'
import {
  GIB,
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleUuid,
  sampleVolumeId,
  TIB,
} from '@flotilla/core/testing/sample-fleet'
import { sampleRace } from '../races/sample-race.ts'
import type { Facts } from './facts.ts'
import type { AnsweredRequest, Outage, ReceivedEvent, SeenObjects } from './history.ts'
import type {
  EventRow,
  FindingRow,
  LedgerRow,
  OperationRow,
  SnapshotRow,
  VolumeRow,
  WatchedChange,
  WatchedLedger,
} from './records.ts'
import type { ClusterTruth, TrueVolume } from './truth.ts'

const [CLUSTER, OTHER] = [sampleClusterId(1), sampleClusterId(2)]
const VOLUME = sampleVolumeId(1)
const SNAPSHOT = `snp_${sampleUuid(2)}` as const
const [CREATED, TAKEN] = [`op_${sampleUuid(3)}`, `op_${sampleUuid(4)}`] as readonly [OperationId, OperationId]
const NQN = 'nqn.2019-09.com.example:host-1'
const SIZE = 8n * GIB
const EARLIER = new Date(NOW.getTime() - 60_000)

const volume: VolumeRow = {
  id: VOLUME,
  project: 'default',
  name: 'db-1',
  sizeBytes: SIZE,
  replicas: 2,
  compression: false,
  qosPolicy: 'gold',
  labels: { a: 'b' },
  state: 'AVAILABLE',
  clusterId: CLUSTER,
  backendName: `flo-${sampleUuid(1)}`,
  backendProject: 'default',
  observedName: null,
  backendId: 'uuid-1',
  written: null,
  adoptedAt: null,
  forgottenAt: null,
  observedBytes: 2n * SIZE,
  decisionId: null,
  policyName: 'default',
  shrinkToBytes: null,
  formerProperties: null,
  sourceSnapshotId: null,
  restoreSnapshotId: null,
  placementGroup: 'default/g',
  generation: 1,
  settledGeneration: 1,
  createUnknownAt: null,
  leaseNumber: 2n,
  leasedUntil: null,
  revision: 2,
  updatedAt: EARLIER,
  deletedAt: null,
}

const snapshot: SnapshotRow = {
  id: SNAPSHOT,
  volumeId: VOLUME,
  madeForId: null,
  createUnknownAt: null,
  expiresAt: null,
  project: 'default',
  name: 'before',
  labels: {},
  state: 'AVAILABLE',
  clusterId: CLUSTER,
  backendName: `flo-${sampleUuid(2)}`,
  backendId: 'uuid-2',
  sizeBytes: SIZE,
  replicas: 2,
  leaseNumber: 1n,
  leasedUntil: null,
  revision: 2,
  updatedAt: EARLIER,
  deletedAt: null,
}

const there: TrueVolume = {
  uuid: 'uuid-1',
  name: volume.backendName,
  projectName: 'default',
  state: 'Available',
  sizeBytes: SIZE,
  replicaCount: 2,
  acl: [NQN],
  ipAcl: ['ALLOW_ANY'],
  compression: false,
  qosPolicy: 'gold',
  labels: [{ key: 'a', value: 'b' }],
  sourceSnapshotUuid: '',
}

const history: ClusterTruth['history'][number] = {
  sequence: 1,
  atMs: EARLIER.getTime(),
  kind: 'created',
  by: 'client',
  volumeUuid: 'uuid-1',
  volumeName: volume.backendName,
  projectName: 'default',
  sizeBytes: SIZE,
  replicaCount: 2,
}

const operation: OperationRow = {
  id: CREATED,
  kind: 'CREATE_VOLUME',
  state: 'SUCCEEDED',
  clusterId: null,
  volumeId: VOLUME,
  snapshotId: null,
  actor: 'admin',
  idempotencyKey: 'key-1',
  parentId: null,
  formerId: null,
  formerBackendId: null,
  formerAdoptedAt: null,
  errorCode: null,
  createdAt: EARLIER,
  finishedAt: EARLIER,
}

const change: WatchedChange = {
  transaction: 100n,
  subjectTable: 'volume',
  subjectId: VOLUME,
  stateBefore: null,
  stateAfter: 'CREATING',
  revisionBefore: null,
  revisionAfter: 1,
  leaseBefore: null,
  leaseAfter: 0n,
}

const raised: WatchedLedger = {
  transaction: 100n,
  clusterId: CLUSTER,
  pendingBefore: 0n,
  pendingBytes: 2n * SIZE,
  promisedBytes: 2n * SIZE,
  effectiveBytes: 10n * TIB,
}

const answer: AnsweredRequest = {
  type: 'answer',
  atMs: EARLIER.getTime(),
  field: 'createVolume',
  idempotencyKey: 'key-1',
  input: { name: 'db-1' },
  typename: 'CreateVolumePayload',
  volumeId: VOLUME,
  snapshotId: null,
  operationId: CREATED,
}

const shown = { id: VOLUME, revision: 2, state: 'AVAILABLE' }
const seen: SeenObjects = {
  type: 'seen',
  atMs: NOW.getTime(),
  client: 'client-1',
  volumes: [shown],
  clusters: [{ id: CLUSTER, observedAt: NOW.toISOString() }],
}

/** Of the other cluster; what was asked of the first in it was done at once. */
const outage: Outage = {
  type: 'outage',
  cluster: 'cluster-2',
  fromMs: EARLIER.getTime() - 1,
  untilMs: EARLIER.getTime() + 30_000,
}

const event: ReceivedEvent = {
  type: 'event',
  stream: 'stream-1',
  cursor: null,
  kind: 'VOLUME_CHANGED',
  subjectId: VOLUME,
  state: 'AVAILABLE',
  revision: 2,
}

const finding: FindingRow = {
  id: `fnd_${sampleUuid(5)}`,
  clusterId: CLUSTER,
  kind: 'FOREIGN',
  subject: VOLUME,
  state: 'OPEN',
  name: 'theirs',
  volumeId: null,
  writtenAccess: null,
  observedAccess: null,
}

/** A volume that was created, attached and snapshotted on one of two clusters; its events, answers and history. */
export function sampleFacts() {
  const events = [VOLUME, SNAPSHOT, CREATED, TAKEN, VOLUME, VOLUME].map((subjectId, index) =>
    toEvent(subjectId, index),
  )
  const facts: Facts = {
    records: {
      now: NOW,
      clusters: [
        {
          ...member(CLUSTER, 'cluster-1'),
          capacity: ledger({ provisionedBytes: 2n * SIZE, volumeCount: 1 }),
        },
        { ...member(OTHER, 'cluster-2'), capacity: ledger({}) },
      ],
      volumes: [volume],
      snapshots: [snapshot],
      attachments: [
        {
          volumeId: VOLUME,
          hostId: `hst_${sampleUuid(6)}`,
          wantedMode: 'EXCLUSIVE',
          confirmedMode: 'EXCLUSIVE',
          nqn: NQN,
          addresses: [],
          hostDeletedAt: null,
        },
      ],
      hostNqns: [NQN],
      operations: [
        operation,
        {
          ...operation,
          id: TAKEN,
          kind: 'CREATE_SNAPSHOT',
          volumeId: null,
          snapshotId: SNAPSHOT,
          idempotencyKey: 'key-2',
        },
      ],
      findings: [],
      samples: [
        {
          clusterId: CLUSTER,
          resolution: 'HOUR',
          bucketAt: EARLIER,
          observedAt: EARLIER,
          promised: { min: 1n, max: 3n, last: 2n },
          written: { min: 1n, max: 3n, last: 2n },
          effective: { min: 1n, max: 3n, last: 2n },
          free: { min: 1n, max: 3n, last: 2n },
        },
      ],
      events,
      eventFloor: { transaction: 0n, sequence: 0n },
      alertIds: [],
      scheduleIds: [],
      leaks: [],
      searched: 40,
      changes: [change],
      ledgerChanges: [raised],
    },
    truth: [
      {
        name: 'cluster-1',
        effectiveBytes: 10n * TIB,
        freeBytes: 9n * TIB,
        provisionedBytes: 2n * SIZE,
        volumes: [there],
        snapshots: [
          {
            uuid: 'uuid-2',
            name: snapshot.backendName,
            projectName: 'default',
            state: 'Available',
            sizeBytes: SIZE,
            sourceVolumeUuid: 'uuid-1',
          },
        ],
        history: [history],
        snapshotDeletions: [],
      },
      {
        name: 'cluster-2',
        effectiveBytes: 10n * TIB,
        freeBytes: 9n * TIB,
        provisionedBytes: 0n,
        volumes: [],
        snapshots: [],
        history: [],
        snapshotDeletions: [],
      },
    ],
    history: [answer, seen, outage],
  }
  return {
    facts,
    batches: [growthBatch(), ...sampleRace().batches],
    /** Parts of it, to doctor it with. */
    ids: {
      clusterId: CLUSTER,
      otherOperation: TAKEN,
      strayName: `flo-${sampleUuid(77)}`,
      cursors: [100n, 104n, 105n].map((transaction) => `${transaction}.${transaction}`),
      volume: there,
      created: history,
      answer,
      seen,
      outage,
      shown,
      event,
      change,
      raised,
      finding,
    },
  }
}

/** One request, of which the first cluster of three is the best: the others have something already. */
function growthBatch() {
  const candidates = [1, 2, 3].map((number) =>
    sampleCandidate(number, { figures: { provisionedBytes: BigInt(number) * TIB } }),
  )
  const [best] = candidates
  return {
    id: 'batch-first',
    decidedAtMs: NOW.getTime(),
    policy: SAMPLE_POLICY,
    candidates,
    groups: new Map(),
    decisions: [
      {
        id: `dec_${sampleUuid(9)}` as const,
        hop: 0,
        decidedAtMs: NOW.getTime(),
        request: sampleRequest(),
        clusterId: best?.clusterId ?? null,
      },
    ],
  }
}

/** Numbered 100 and up, by transaction and by sequence alike. */
function toEvent(subjectId: string, index: number): EventRow {
  const number = 100n + BigInt(index)
  const kinds: Readonly<Record<string, string>> = {
    vol: 'VOLUME_CHANGED',
    snp: 'SNAPSHOT_CHANGED',
    op: 'OPERATION_CHANGED',
  }
  const kind = kinds[subjectId.split('_')[0] ?? ''] ?? ''
  return { transaction: number, sequence: number, kind, subjectId, at: EARLIER }
}

function member(id: typeof CLUSTER, name: string) {
  return { id, name, connection: 'CONNECTED', detachedAt: null, pollSequence: 9n }
}

function ledger(figures: Partial<LedgerRow>): LedgerRow {
  return {
    provisionedBytes: 0n,
    pendingBytes: 0n,
    effectiveBytes: 10n * TIB,
    usedBytes: TIB,
    freeBytes: 9n * TIB,
    reportedBytes: 0n,
    volumeCount: 0,
    foreignVolumeCount: 0,
    observedAt: EARLIER,
    inventoryAt: EARLIER,
    sequence: 9n,
    ...figures,
  }
}
