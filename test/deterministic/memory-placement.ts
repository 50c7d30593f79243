import { IdempotencyConflictError, InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import { acceptedOperation } from '@flotilla/core/placement/accepted-operation'
import { applyDefaults } from '@flotilla/core/placement/apply-defaults'
import type { Candidate } from '@flotilla/core/placement/candidate'
import {
  type BatchFacts,
  decideBatch,
  type IntentOutcome,
  nameKey,
  replayKey,
} from '@flotilla/core/placement/decide-batch'
import type { Groups } from '@flotilla/core/placement/group-counts'
import { placedVolume } from '@flotilla/core/placement/placed-volume'
import type { PlacementIntent, WantedPlacement } from '@flotilla/core/placement/placement-intent'
import { groupKeyOf } from '@flotilla/core/volumes/volume-group'
import { chargeAll } from './memory-charges.ts'
import type { MemoryRecords, OperationRow, VolumeRow } from './memory-records.ts'

/** Its job is sent right after the commit; the sweep need not look before. */
const FIRST_LOOK_MS = 5_000

export interface View {
  readonly candidates: readonly Candidate[]
  readonly sequences: ReadonlyMap<ClusterId, bigint>
  readonly nowMs: number
}

export function readView(records: MemoryRecords): View {
  const candidates = [...records.clusters.values()].map((cluster): Candidate => {
    const capacity = records.capacities.get(cluster.id)
    return {
      clusterId: cluster.id,
      clusterName: cluster.id,
      adminState: cluster.adminState,
      connection: cluster.connection,
      health: cluster.health,
      labels: {},
      joinedAtMs: 0,
      recentBytes: 0n,
      figures: capacity
        ? {
            provisionedBytes: capacity.provisionedBytes,
            pendingBytes: capacity.pendingBytes,
            effectiveBytes: capacity.effectiveBytes,
            freeBytes: capacity.freeBytes,
            maxReplicas: capacity.maxReplicas,
            volumeCount: capacity.volumeCount,
            observedAtMs: capacity.observedAtMs,
          }
        : null,
    }
  })
  const sequences = new Map([...records.capacities].map(([id, { sequence }]) => [id, sequence]))
  return { candidates, sequences, nowMs: records.nowMs }
}

export function readGroups(
  records: MemoryRecords,
  groups: readonly string[],
  except: VolumeId | null,
): Groups {
  const members = new Map<string, Map<ClusterId, number>>()
  for (const row of groups.length === 0 ? [] : records.volumes.values()) {
    if (!row.group || isGone(row) || row.id === except) continue
    const key = groupKeyOf(row.project, row.group)
    if (!groups.includes(key)) continue
    const counts = members.get(key) ?? new Map<ClusterId, number>()
    members.set(key, counts.set(row.clusterId, (counts.get(row.clusterId) ?? 0) + 1))
  }
  return members
}

function isGone({ state }: VolumeRow): boolean {
  return state === 'DELETED' || state === 'FAILED' || state === 'RELEASED'
}

/**
 * The two halves of a batch: what is read under the placement lock, and what is written; polls may come in between. The
 * second answers null when new figures do not allow what was decided, and both have to be run again.
 */
export function beginBatch(
  records: MemoryRecords,
  wanted: readonly WantedPlacement[],
): () => readonly IntentOutcome[] | null {
  const view = readView(records)
  const decide = (view: View) => {
    const intents = wanted.map((each) => applyDefaults(each, records.policy))
    const facts = readFacts(records, view, intents)
    return { facts, outcomes: decideBatch(intents, facts) }
  }
  // Updates lock their volumes and ledger rows, so that nothing comes in between.
  const isSerial = wanted.some(({ kind }) => kind === 'UPDATE')
  const early = isSerial ? null : decide(view)
  return () => {
    const present = early ? view : readView(records)
    const { facts, outcomes } = early ?? decide(present)
    const decided = outcomes.flatMap((each) => ('decision' in each && each.decision ? [each.decision] : []))
    if (!chargeAll(records, present.sequences, decided)) return null
    const now = new Date(present.nowMs)
    for (const outcome of outcomes) writeOutcome(records, outcome, now)
    const batch = { ...present, groups: facts.groups, policy: records.policy, decided }
    records.batches.push(batch)
    records.onCommit({ kind: 'PLACED', batch })
    return outcomes
  }
}

function readFacts(records: MemoryRecords, view: View, intents: readonly PlacementIntent[]): BatchFacts {
  const { operations, volumes } = records
  const groups = intents.flatMap((intent) =>
    intent.kind === 'CREATE' && intent.volume.group !== null ? [intent.volume.group] : [],
  )
  const live = [...volumes.values()].filter((row) => !isGone(row))
  return {
    candidates: view.candidates,
    policy: records.policy,
    now: new Date(view.nowMs),
    groups: readGroups(records, groups, null),
    earlier: new Map(
      [...operations.values()].map((row) => [
        replayKey(row),
        { operationId: row.id, inputFingerprint: row.inputFingerprint },
      ]),
    ),
    takenNames: new Map(live.map((row) => [nameKey(row), row.id])),
    sources: new Map(),
    changing: new Map(
      intents.flatMap((intent) => {
        const volume = intent.kind === 'UPDATE' ? volumes.get(intent.volumeId) : undefined
        return volume ? [[volume.id, { volume, observedBytes: volume.observedBytes, untaken: [] }]] : []
      }),
    ),
  }
}

function writeOutcome(records: MemoryRecords, outcome: IntentOutcome, now: Date): void {
  if (outcome.kind !== 'CREATED' && outcome.kind !== 'UPDATED') return
  const { inputFingerprint, actor, idempotencyKey } = outcome.intent.operation
  const volumeId = outcome.kind === 'CREATED' ? outcome.intent.volume.id : outcome.intent.volumeId
  const { id, kind, state, attemptCount, error } = acceptedOperation(outcome, now)
  putOperation(records, {
    id,
    kind,
    state,
    attemptCount,
    error,
    inputFingerprint,
    actor,
    idempotencyKey,
    volumeId,
  })
  if (outcome.kind === 'CREATED') {
    const row: VolumeRow = {
      ...placedVolume(outcome, now),
      formerProperties: null,
      leaseNumber: 0n,
      leasedUntilMs: null,
      createUnknownAtMs: null,
      changeAskedAtMs: null,
      changeTaken: false,
      writtenSizeBytes: null,
      observedBytes: 0n,
      acknowledgedAtMs: null,
      nextReconcileAtMs: now.getTime() + FIRST_LOOK_MS,
    }
    // The ledger has been charged with the decision.
    records.putVolume(row, 'UNCHARGED')
    return
  }
  const before = records.volume(volumeId)
  const { volume, formerProperties } = outcome.update
  const changed: VolumeRow = {
    ...before,
    ...volume,
    formerProperties: formerProperties ?? before.formerProperties,
    nextReconcileAtMs: now.getTime(),
  }
  records.putVolume(changed, 'UNCHARGED')
}

function putOperation(records: MemoryRecords, row: OperationRow): void {
  const { id, actor, idempotencyKey, inputFingerprint, kind, state, volumeId, attemptCount, error } = row
  records.operations.set(id, {
    id,
    actor,
    idempotencyKey,
    inputFingerprint,
    kind,
    state,
    volumeId,
    attemptCount,
    error,
  })
}

/** The whole of it at one instant. @throws as `VolumeStore.requestDeletion` */
export function requestDeletion(
  records: MemoryRecords,
  id: VolumeId,
  operation: NewOperation,
): { volume: VolumeRow; operation: OperationRow } {
  const row = records.volumes.get(id)
  if (!row) throw new NotFoundError(`there is no volume ${id}`)
  const earlier = [...records.operations.values()].find((each) => replayKey(each) === replayKey(operation))
  if (earlier && earlier.inputFingerprint !== operation.inputFingerprint) {
    throw new IdempotencyConflictError(earlier.id)
  }
  if (earlier) return { volume: row, operation: earlier }
  if (row.state === 'DELETED') throw new NotFoundError(`${id} has been deleted`)
  if (row.state === 'DELETING') throw new InvalidStateError(`${id} is being deleted already`)
  records.changeOperations(id, () => ({ state: 'CANCELLED' }))
  const isDone = row.state === 'FAILED'
  const deleted: VolumeRow = {
    ...row,
    state: isDone ? 'DELETED' : 'DELETING',
    revision: row.revision + 1,
    nextReconcileAtMs: records.nowMs,
    shrinkToBytes: null,
    formerProperties: null,
    deletedAt: isDone ? new Date(records.nowMs) : null,
  }
  records.putVolume(deleted, 'UNCHARGED')
  const state = isDone ? 'SUCCEEDED' : 'PENDING'
  const recorded = {
    ...operation,
    kind: 'DELETE_VOLUME',
    state,
    volumeId: id,
    attemptCount: 0,
    error: null,
  } as const
  putOperation(records, recorded)
  records.onCommit({ kind: 'DELETION', volumeId: id })
  return { volume: deleted, operation: recorded }
}
