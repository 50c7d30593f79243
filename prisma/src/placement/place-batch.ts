import { IdempotencyConflictError } from '@flotilla/core/errors'
import type { ClusterId, OperationId } from '@flotilla/core/identity/ids'
import { type AcceptedOperation, acceptedOperation } from '@flotilla/core/placement/accepted-operation'
import { applyDefaults } from '@flotilla/core/placement/apply-defaults'
import {
  type BatchFacts,
  type DecidedRequest,
  decideBatch,
  type IntentOutcome,
  replayKey,
} from '@flotilla/core/placement/decide-batch'
import { placedVolume } from '@flotilla/core/placement/placed-volume'
import type { WantedPlacement } from '@flotilla/core/placement/placement-intent'
import type { Placed, Updated } from '@flotilla/core/ports/placement-ledger'
import { type CloneSource, sourceIdOf } from '@flotilla/core/volumes/clone-source'
import { groupKeyOf } from '@flotilla/core/volumes/volume-group'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { refuseUnknownPolicy } from '../policies/refuse-unknown-policy.ts'
import { insertSnapshot } from '../snapshots/insert-snapshot.ts'
import { chargeClusters } from './charge-clusters.ts'
import { TAKE_PLACEMENT_LOCK } from './placement-lock.ts'
import { readEarlier, readFacts } from './read-facts.ts'
import { readFleet, type Snapshot, toSnapshot } from './read-snapshot.ts'
import { readSources } from './read-sources.ts'
import { type RememberedViews, rememberedViews } from './remembered-views.ts'
import type { ShadowComparison, ShadowedBatch } from './shadow-comparison.ts'
import { writeDecisions } from './write-decisions.ts'
import { writeUpdates } from './write-updates.ts'

/** Another kind of command, or a poll that finds less room, may win a race against the batch; it is then decided again. */
const RACES_RETRIED = 8

export type BatchAnswer =
  | { readonly kind: 'PLACED'; readonly placed: Placed }
  | { readonly kind: 'UPDATED'; readonly updated: Updated }
  | { readonly kind: 'REPLAYED'; readonly operationId: OperationId }
  | { readonly kind: 'REFUSED'; readonly error: Error }

/**
 * The transaction of design.md section 5: lock, read, decide for all that wait, write everything in bulk, commit. One
 * answer for each request, in the same order. Updates have to be of volumes of this policy.
 *
 * @param shadows told of the batch after its commit
 * @param wanted the requests, or who names them once the lock is had; asked at each try, always with the same answer
 */
export async function placeBatch(
  database: Database,
  policies: PolicyCache,
  policyName: string,
  wanted: readonly WantedPlacement[] | (() => readonly WantedPlacement[]),
  shadows?: Pick<ShadowComparison, 'compare'>,
): Promise<readonly BatchAnswer[]> {
  const { answers, shadowed } = await retryOnConflict(RACES_RETRIED, (attempt) =>
    inTransaction(
      database.pool,
      async (client): Promise<PlacedBatch> => {
        if (attempt > 1) await keepPollsOut(client)
        const requests = typeof wanted === 'function' ? wanted() : wanted
        if (requests.length === 0) return { answers: [], shadowed: null }
        const [deciding, fleet, known] = await Promise.all([
          policies.readDeciding(client, policyName),
          readFleet(client),
          readFacts(client, requests),
        ])
        if (!deciding) {
          return { answers: await answerWithoutPolicy(client, policyName, requests), shadowed: null }
        }
        const { policy, shadow } = deciding
        const snapshot = await toSnapshot(client, fleet, policy, shadow?.policy)
        const sources = await readSources(
          client,
          requests.flatMap((each) => sourceOf(each) ?? []),
        )
        const intents = requests.map((each) => {
          const source = sourceOf(each)
          return applyDefaults(each, policy, source ? sources.get(sourceIdOf(source)) : undefined)
        })
        const facts = { ...snapshot, ...known, policy, sources }
        const outcomes = decideBatch(intents, facts)
        await writeOutcomes(client, rememberedViews(database), snapshot, facts, outcomes)
        return {
          answers: outcomes.map((outcome) => toAnswer(outcome, snapshot.now)),
          shadowed: shadow && {
            ...snapshot,
            policy,
            groups: facts.groups,
            shadow,
            decided: decidedOf(outcomes),
          },
        }
      },
      TAKE_PLACEMENT_LOCK,
    ),
  )
  if (shadowed) shadows?.compare(shadowed)
  return answers
}

interface PlacedBatch {
  readonly answers: readonly BatchAnswer[]
  /** Null where the policy has no shadow. */
  readonly shadowed: ShadowedBatch | null
}

function decidedOf(outcomes: readonly IntentOutcome[]): readonly DecidedRequest[] {
  return outcomes.flatMap((outcome) => ('decision' in outcome && outcome.decision ? [outcome.decision] : []))
}

function sourceOf(wanted: WantedPlacement): CloneSource | null {
  return wanted.kind === 'CREATE' ? wanted.volume.source : null
}

/** Locks the ledger row of every cluster. Too dear for every batch, but one that lost a race to a poll must not lose the next as well. */
async function keepPollsOut(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT 1 FROM cluster_capacity ORDER BY cluster_id FOR UPDATE')
}

/** Whoever repeats a request is answered as before, even when its policy has gone meanwhile. */
async function answerWithoutPolicy(
  client: pg.ClientBase,
  policyName: string,
  wanted: readonly WantedPlacement[],
): Promise<readonly BatchAnswer[]> {
  const earlier = await readEarlier(client, wanted)
  const error = await refuseUnknownPolicy(client, policyName, ['input', 'policy'])
  return wanted.map(({ operation }) => {
    const before = earlier.get(replayKey(operation))
    if (!before) return { kind: 'REFUSED', error }
    return before.inputFingerprint === operation.inputFingerprint
      ? { kind: 'REPLAYED', operationId: before.operationId }
      : { kind: 'REFUSED', error: new IdempotencyConflictError(before.operationId) }
  })
}

/** All are sent at once and carried out in this order; the ledger's rows come last, as polls wait for them. */
async function writeOutcomes(
  client: pg.ClientBase,
  views: RememberedViews,
  snapshot: Snapshot,
  facts: Pick<BatchFacts, 'policy' | 'groups'>,
  outcomes: readonly IntentOutcome[],
): Promise<void> {
  const decided = decidedOf(outcomes)
  const operations = outcomes.flatMap((outcome) => {
    if (outcome.kind !== 'CREATED' && outcome.kind !== 'UPDATED') return []
    return [acceptedOperation(outcome, snapshot.now)]
  })
  await Promise.all([
    writeDecisions(client, views, { ...snapshot, ...facts }, decided),
    insertVolumes(client, outcomes, snapshot.now),
    insertOwnSources(client, outcomes),
    writeUpdates(client, outcomes),
    insertOperations(client, operations),
    appendEvents(client, {
      CLUSTER_CHANGED: chosenClusters(decided),
      VOLUME_CHANGED: operations.map((operation) => operation.volumeId ?? ''),
      OPERATION_CHANGED: operations.map((operation) => operation.id),
    }),
    chargeClusters(client, snapshot, facts.policy, decided),
  ])
}

function chosenClusters(decided: readonly DecidedRequest[]): readonly ClusterId[] {
  return [...new Set(decided.flatMap(({ decision }) => decision.clusterId ?? []))]
}

/** Its job is sent right after the commit; the sweep need not look before some seconds have passed. */
async function insertVolumes(
  client: pg.ClientBase,
  outcomes: readonly IntentOutcome[],
  now: Date,
): Promise<void> {
  const volumes = outcomes.flatMap((outcome) =>
    outcome.kind === 'CREATED' ? [placedVolume(outcome, now)] : [],
  )
  if (volumes.length === 0) return
  const rows = volumes.map((volume) => ({
    id: volume.id,
    project: volume.project,
    name: volume.name,
    size_bytes: volume.sizeBytes.toString(),
    replicas: volume.replicas,
    compression: volume.compression,
    qos_policy: volume.qosPolicy,
    labels: volume.labels,
    cluster_id: volume.clusterId,
    backend_name: volume.backendName,
    backend_project: volume.backendProject,
    decision_id: volume.decisionId,
    policy_name: volume.policyName,
    policy_revision: volume.policyRevision,
    placement_group: volume.group === null ? null : groupKeyOf(volume.project, volume.group),
    source_snapshot_id: volume.sourceSnapshotId,
  }))
  await client.query(
    `INSERT INTO volume (id, project, name, size_bytes, replicas, compression, qos_policy, labels, state, cluster_id,
                         backend_name, backend_project, decision_id, policy_name, policy_revision, placement_group, source_snapshot_id,
                         created_at, updated_at, next_reconcile_at)
     SELECT id, project, name, size_bytes, replicas, compression, qos_policy, labels, 'CREATING', cluster_id,
            backend_name, backend_project, decision_id, policy_name, policy_revision, placement_group, source_snapshot_id, $2, $2, $2::timestamptz + interval '5 s'
     FROM jsonb_to_recordset($1::jsonb) AS row(id text, project text, name text, size_bytes bigint, replicas int,
       compression boolean, qos_policy text, labels jsonb, cluster_id text, backend_name text, backend_project text, decision_id text,
       policy_name text, policy_revision int, placement_group text, source_snapshot_id text)`,
    [JSON.stringify(rows), now],
  )
}

/** The snapshots that are yet to be taken for clones of volumes as they are. */
async function insertOwnSources(client: pg.ClientBase, outcomes: readonly IntentOutcome[]): Promise<void> {
  for (const outcome of outcomes) {
    const clone = outcome.kind === 'CREATED' ? outcome.intent.volume : null
    if (!clone?.source?.volumeId || outcome.kind !== 'CREATED') continue
    const { clusterId } = outcome.decision.decision
    if (!clusterId) continue
    const { snapshotId, volumeId } = clone.source
    const snapshot = {
      id: snapshotId,
      volumeId,
      name: `clone-${clone.id}`,
      labels: {},
      retentionSeconds: null,
    }
    await insertSnapshot(client, { ...snapshot, madeForId: clone.id }, { ...clone, clusterId })
  }
}

async function insertOperations(
  client: pg.ClientBase,
  operations: readonly AcceptedOperation[],
): Promise<void> {
  if (operations.length === 0) return
  const rows = operations.map((operation) => ({
    id: operation.id,
    kind: operation.kind,
    state: operation.state,
    started_at: operation.startedAt,
    finished_at: operation.finishedAt,
    volume_id: operation.volumeId,
    actor: operation.actor,
    idempotency_key: operation.idempotencyKey,
    input_fingerprint: operation.inputFingerprint,
    parent_id: operation.parentId,
    former_id: operation.formerId,
    request: operation.request,
  }))
  await client.query(
    `INSERT INTO operation (id, kind, state, volume_id, actor, idempotency_key, input_fingerprint, created_at, started_at,
                            finished_at, parent_id, former_id, request)
     SELECT id, kind, state, volume_id, actor, idempotency_key, input_fingerprint, $2, started_at, finished_at,
            parent_id, former_id, request
     FROM jsonb_to_recordset($1::jsonb) AS row(id text, kind text, state text, started_at timestamptz, finished_at timestamptz, volume_id text, actor text, idempotency_key text,
       input_fingerprint text, parent_id text, former_id text, request jsonb)`,
    [JSON.stringify(rows), operations[0]?.createdAt],
  )
}

function toAnswer(outcome: IntentOutcome, now: Date): BatchAnswer {
  switch (outcome.kind) {
    case 'REPLAYED':
      return outcome
    case 'REFUSED':
      return { kind: 'REFUSED', error: outcome.error }
    case 'CREATED':
      return {
        kind: 'PLACED',
        placed: {
          volume: placedVolume(outcome, now),
          operation: acceptedOperation(outcome, now),
          decision: outcome.decision.decision,
        },
      }
    case 'UPDATED':
      return {
        kind: 'UPDATED',
        updated: { volume: outcome.update.volume, operation: acceptedOperation(outcome, now) },
      }
  }
}
