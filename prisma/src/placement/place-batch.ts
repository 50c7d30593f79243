import type { OperationId, VolumeId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import {
  type BatchFacts,
  type DecidedRequest,
  decideBatch,
  type IntentOutcome,
  nameKey,
  replayKey,
} from '@flotilla/core/placement/decide-batch'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type {
  CreateIntent,
  NewOperation,
  Placed,
  PlacementIntent,
} from '@flotilla/core/ports/placement-ledger'
import { backendNameOf } from '@flotilla/core/volumes/backend-name'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { VOLUME_COLUMNS } from '../volumes/volume-columns.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { takePlacementLock } from './placement-lock.ts'
import { readSnapshot, type Snapshot } from './read-snapshot.ts'
import { chargeClusters, writeDecisions } from './write-decisions.ts'

/** A poll or another kind of command may win a race against the batch; it is then decided again on what they left. */
const RACES_RETRIED = 8

export type BatchAnswer =
  | { readonly kind: 'PLACED'; readonly placed: Placed }
  | { readonly kind: 'REPLAYED'; readonly operationId: OperationId }
  | { readonly kind: 'REFUSED'; readonly error: Error }

/**
 * The transaction of design.md section 5: lock, read, decide for all that wait, write everything in bulk, commit. One
 * answer for each intent, in the same order.
 */
export function placeBatch(
  database: Database,
  policy: PlacementPolicy,
  intents: readonly PlacementIntent[],
): Promise<readonly BatchAnswer[]> {
  return retryOnConflict(RACES_RETRIED, (attempt) =>
    inTransaction(database.pool, async (client) => {
      await takePlacementLock((sql) => client.query(sql))
      if (attempt > 1) await lockLedger(client)
      const snapshot = await readSnapshot(client, policy)
      const outcomes = decideBatch(intents, await readFacts(client, snapshot, policy, intents))
      await writeOutcomes(client, snapshot, policy, outcomes)
      return outcomes.map((outcome) => toAnswer(outcome, snapshot.now))
    }),
  )
}

/** Keeps polls out. Too dear for every batch, but a batch that lost a race to one must not lose the next as well. */
async function lockLedger(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT 1 FROM cluster_capacity ORDER BY cluster_id FOR UPDATE')
}

async function readFacts(
  client: pg.ClientBase,
  snapshot: Snapshot,
  policy: PlacementPolicy,
  intents: readonly PlacementIntent[],
): Promise<BatchFacts> {
  const keys = intents.map((intent) => intent.operation)
  const operations = await client.query<{ id: OperationId; actor: string; key: string; fingerprint: string }>(
    `SELECT id, actor, idempotency_key AS key, input_fingerprint AS fingerprint FROM operation
     WHERE (actor, idempotency_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    [keys.map((key) => key.actor), keys.map((key) => key.idempotencyKey)],
  )
  const names = intents.flatMap((intent) => (intent.kind === 'CREATE' ? [intent.volume] : []))
  const holders = await client.query<{ id: VolumeId; project: string; name: string }>(
    `SELECT id, project, name FROM volume
     WHERE (project, name) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND state NOT IN ('DELETED', 'FAILED')`,
    [names.map((volume) => volume.project), names.map((volume) => volume.name)],
  )
  return {
    candidates: snapshot.candidates,
    now: snapshot.now,
    policy,
    groups: new Map(),
    earlier: new Map(
      operations.rows.map((row) => [
        replayKey({ actor: row.actor, idempotencyKey: row.key }),
        { operationId: row.id, inputFingerprint: row.fingerprint },
      ]),
    ),
    takenNames: new Map(holders.rows.map((row) => [nameKey(row), row.id])),
    growing: await readGrowing(client, intents),
  }
}

/** Ledger rows first, then volumes: every writer locks in this order. */
async function readGrowing(
  client: pg.ClientBase,
  intents: readonly PlacementIntent[],
): Promise<BatchFacts['growing']> {
  const ids = intents.flatMap((intent) => (intent.kind === 'GROW' ? [intent.volumeId] : []))
  if (ids.length === 0) return new Map()
  await client.query(
    `SELECT 1 FROM cluster_capacity WHERE cluster_id IN (SELECT cluster_id FROM volume WHERE id = ANY ($1))
     ORDER BY cluster_id FOR UPDATE`,
    [ids],
  )
  const { rows } = await client.query<VolumeRow & { observedBytes: bigint }>(
    `SELECT ${VOLUME_COLUMNS}, observed_bytes AS "observedBytes" FROM volume WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
    [ids],
  )
  return new Map(
    rows.map((row) => {
      const volume = toVolume(row)
      return [volume.id, { volume, observedBytes: row.observedBytes }]
    }),
  )
}

async function writeOutcomes(
  client: pg.ClientBase,
  snapshot: Snapshot,
  policy: PlacementPolicy,
  outcomes: readonly IntentOutcome[],
): Promise<void> {
  const decided = outcomes.flatMap((outcome) =>
    'decision' in outcome && outcome.decision ? [outcome.decision] : [],
  )
  const clusterIds = await chargeClusters(client, snapshot, decided)
  await writeDecisions(client, snapshot, policy, decided)
  await insertVolumes(client, outcomes, snapshot.now)
  await growVolumes(client, outcomes)
  const operations = outcomes.flatMap((outcome) => {
    if (outcome.kind !== 'CREATED' && outcome.kind !== 'GROWN') return []
    return [newOperationOf(outcome, snapshot.now)]
  })
  await insertOperations(client, operations)
  await appendEvents(client, 'CLUSTER_CHANGED', clusterIds)
  await appendEvents(
    client,
    'VOLUME_CHANGED',
    operations.map((operation) => operation.volumeId ?? ''),
  )
  await appendEvents(
    client,
    'OPERATION_CHANGED',
    operations.map((operation) => operation.id),
  )
}

/** Its job is sent right after the commit; the sweep need not look before some seconds have passed. */
async function insertVolumes(
  client: pg.ClientBase,
  outcomes: readonly IntentOutcome[],
  now: Date,
): Promise<void> {
  const volumes = outcomes.flatMap((outcome) =>
    outcome.kind === 'CREATED' ? [newVolumeOf(outcome, now)] : [],
  )
  if (volumes.length === 0) return
  const rows = volumes.map((volume) => ({
    id: volume.id,
    project: volume.project,
    name: volume.name,
    size_bytes: volume.sizeBytes.toString(),
    replicas: volume.replicas,
    compression: volume.compression,
    labels: volume.labels,
    cluster_id: volume.clusterId,
    backend_name: volume.backendName,
    decision_id: volume.decisionId,
  }))
  await client.query(
    `INSERT INTO volume (id, project, name, size_bytes, replicas, compression, labels, state, cluster_id, backend_name,
                         decision_id, created_at, updated_at, next_reconcile_at)
     SELECT id, project, name, size_bytes, replicas, compression, labels, 'CREATING', cluster_id, backend_name,
            decision_id, $2, $2, $2::timestamptz + interval '5 s'
     FROM jsonb_to_recordset($1::jsonb) AS row(id text, project text, name text, size_bytes bigint, replicas int,
       compression boolean, labels jsonb, cluster_id text, backend_name text, decision_id text)`,
    [JSON.stringify(rows), now],
  )
}

async function growVolumes(client: pg.ClientBase, outcomes: readonly IntentOutcome[]): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.kind !== 'GROWN') continue
    await client.query(
      `UPDATE volume SET size_bytes = $2, state = 'RESIZING', revision = $3, updated_at = $4, next_reconcile_at = $4
       WHERE id = $1`,
      [outcome.volume.id, outcome.volume.sizeBytes, outcome.volume.revision, outcome.volume.updatedAt],
    )
  }
}

async function insertOperations(client: pg.ClientBase, operations: readonly NewRow[]): Promise<void> {
  if (operations.length === 0) return
  const rows = operations.map((operation) => ({
    id: operation.id,
    kind: operation.kind,
    volume_id: operation.volumeId,
    actor: operation.actor,
    idempotency_key: operation.idempotencyKey,
    input_fingerprint: operation.inputFingerprint,
  }))
  await client.query(
    `INSERT INTO operation (id, kind, state, volume_id, actor, idempotency_key, input_fingerprint, created_at)
     SELECT id, kind, 'PENDING', volume_id, actor, idempotency_key, input_fingerprint, $2
     FROM jsonb_to_recordset($1::jsonb) AS row(id text, kind text, volume_id text, actor text, idempotency_key text,
       input_fingerprint text)`,
    [JSON.stringify(rows), operations[0]?.createdAt],
  )
}

type NewRow = Operation & Pick<NewOperation, 'inputFingerprint'>

function newOperationOf(outcome: Extract<IntentOutcome, { kind: 'CREATED' | 'GROWN' }>, now: Date): NewRow {
  const { operation } = outcome.intent
  return {
    id: operation.id,
    kind: outcome.kind === 'CREATED' ? 'CREATE_VOLUME' : 'RESIZE_VOLUME',
    state: 'PENDING',
    clusterId: null,
    volumeId: outcome.decision.request.volumeId,
    actor: operation.actor,
    idempotencyKey: operation.idempotencyKey,
    inputFingerprint: operation.inputFingerprint,
    progress: null,
    attemptCount: 0,
    attempts: [],
    error: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  }
}

function newVolumeOf(
  { intent, decision }: { intent: CreateIntent; decision: DecidedRequest },
  now: Date,
): Volume {
  if (!decision.decision.clusterId) throw new Error('a created volume has a cluster')
  const { group: _, ...volume } = intent.volume
  return {
    ...volume,
    state: 'CREATING',
    clusterId: decision.decision.clusterId,
    backendName: backendNameOf(intent.volume.id),
    backendId: null,
    observed: null,
    decisionId: decision.decision.id,
    revision: 1,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  }
}

function toAnswer(outcome: IntentOutcome, now: Date): BatchAnswer {
  switch (outcome.kind) {
    case 'REPLAYED':
      return outcome
    case 'REFUSED':
      return { kind: 'REFUSED', error: outcome.error }
    case 'CREATED':
    case 'GROWN':
      return {
        kind: 'PLACED',
        placed: {
          volume: outcome.kind === 'CREATED' ? newVolumeOf(outcome, now) : outcome.volume,
          operation: newOperationOf(outcome, now),
          decision: outcome.decision.decision,
        },
      }
  }
}
