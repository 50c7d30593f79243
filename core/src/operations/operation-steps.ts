import { drainSteps } from '../clusters/cluster-drain.ts'
import type { ClusterId } from '../identity/ids.ts'
import type { VolumeState } from '../volumes/volume.ts'
import type { BulkCounts } from './bulk-counts.ts'
import type { Operation } from './operation.ts'
import type { OperationFacts } from './operation-facts.ts'

export const OPERATION_STEP_KINDS = [
  'RECORD',
  'PLACE',
  'ASK',
  'CONFIRM',
  'OBSERVE',
  'STOP_PLACEMENTS',
  'MOVE_VOLUMES',
  'DELETE_SNAPSHOTS',
  'BEGIN_ITEMS',
  'END_ITEMS',
] as const
export type OperationStepKind = (typeof OPERATION_STEP_KINDS)[number]

export const OPERATION_STEP_STATES = ['PENDING', 'RUNNING', 'DONE', 'SKIPPED', 'FAILED'] as const
export type OperationStepState = (typeof OPERATION_STEP_STATES)[number]

/** One of the things that an operation goes through, in order. */
export interface OperationStep {
  readonly kind: OperationStepKind
  readonly state: OperationStepState
  /** Whom it is about; null where that is not of interest. */
  readonly clusterId: ClusterId | null
  /** Null before, and where the records do not tell. */
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** For people. */
  readonly progress: string | null
}

/** Worked out from what is on record anyway: nothing is written for a step. */
export function operationSteps(operation: Operation, facts: OperationFacts): readonly OperationStep[] {
  if (facts.bulk) return bulkSteps(operation, facts.bulk)
  if (facts.drain) return drainedSteps(operation, facts.drain)
  const { kind, state, attemptCount, createdAt } = operation
  if (kind === 'CREATE_VOLUME' && facts.placements.length > 0) return creationSteps(operation, facts)
  const recorded = step('RECORD', 'DONE', { finishedAt: createdAt })
  const isDoneAtOnce = state === 'SUCCEEDED' && attemptCount === 0
  const isRefused = state === 'FAILED' && attemptCount === 0
  if (isRefused)
    return [step('RECORD', 'FAILED', { finishedAt: createdAt, progress: operation.error?.message })]
  return isDoneAtOnce ? [recorded] : [recorded, ...askingSteps(operation, operation.clusterId)]
}

/** Where it was placed, and placed again after each cluster that has refused it, until none could have it. */
function creationSteps(
  operation: Operation,
  { placements, volume }: OperationFacts,
): readonly OperationStep[] {
  const before = placements.flatMap(({ clusterId, decidedAt }, index) => {
    if (clusterId === null)
      return [step('PLACE', 'FAILED', { finishedAt: decidedAt, progress: operation.error?.message })]
    const placed = step('PLACE', 'DONE', { clusterId, finishedAt: decidedAt })
    const next = placements[index + 1]
    return next ? [placed, step('ASK', 'FAILED', { clusterId, finishedAt: next.decidedAt })] : [placed]
  })
  const last = placements.at(-1)?.clusterId ?? null
  const asking = last === null ? [step('CONFIRM', 'SKIPPED')] : askingSteps(operation, last)
  return [...before, ...asking, observing(operation, last, volume)]
}

function askingSteps(operation: Operation, clusterId: ClusterId | null): readonly OperationStep[] {
  const { state, startedAt, finishedAt, progress } = operation
  switch (state) {
    case 'PENDING':
      return [step('ASK', 'PENDING', { clusterId, progress }), step('CONFIRM', 'PENDING', { clusterId })]
    case 'RUNNING':
      return [
        step('ASK', 'RUNNING', { clusterId, startedAt, progress }),
        step('CONFIRM', 'PENDING', { clusterId }),
      ]
    case 'SUCCEEDED':
    case 'PARTIAL':
      return [
        step('ASK', 'DONE', { clusterId, startedAt, finishedAt }),
        step('CONFIRM', 'DONE', { clusterId, finishedAt }),
      ]
    case 'FAILED':
      return [
        step('ASK', 'FAILED', { clusterId, startedAt, finishedAt, progress: operation.error?.message }),
        step('CONFIRM', 'SKIPPED', { clusterId }),
      ]
    case 'CANCELLED':
      return [
        step('ASK', 'SKIPPED', { clusterId, startedAt, finishedAt }),
        step('CONFIRM', 'SKIPPED', { clusterId }),
      ]
  }
}

/** Volumes that no inventory is going to contain. */
const NOT_THERE: readonly VolumeState[] = ['DELETING', 'DELETED', 'FAILED', 'MISSING', 'RELEASED']

/** Until an inventory contains it its bytes are pending. */
function observing(
  { state, finishedAt }: Operation,
  clusterId: ClusterId | null,
  volume: OperationFacts['volume'],
): OperationStep {
  if (state === 'FAILED' || state === 'CANCELLED') return step('OBSERVE', 'SKIPPED', { clusterId })
  if (volume?.isObserved) {
    const { observedAt } = volume
    const isLater = observedAt !== null && finishedAt !== null && observedAt > finishedAt
    return step('OBSERVE', 'DONE', { clusterId, finishedAt: isLater ? observedAt : null })
  }
  const isGone = volume !== null && NOT_THERE.includes(volume.state)
  return step('OBSERVE', isGone ? 'SKIPPED' : 'PENDING', { clusterId })
}

function drainedSteps(
  { state, clusterId, startedAt, finishedAt }: Operation,
  drain: NonNullable<OperationFacts['drain']>,
): readonly OperationStep[] {
  return drainSteps(drain).map(({ name, isDone, progress }) => {
    const isOver = state !== 'RUNNING'
    return step(name, isDone ? 'DONE' : isOver ? 'SKIPPED' : 'RUNNING', {
      clusterId,
      startedAt,
      progress,
      finishedAt: isOver ? finishedAt : null,
    })
  })
}

function bulkSteps(
  { startedAt, finishedAt }: Operation,
  { pending, running, succeeded, failed, cancelled }: BulkCounts,
): readonly OperationStep[] {
  const ended = succeeded + failed + cancelled
  const total = pending + running + ended
  const stateOf = (isDone: boolean): OperationStepState =>
    isDone ? 'DONE' : startedAt === null ? 'PENDING' : 'RUNNING'
  return [
    step('BEGIN_ITEMS', stateOf(pending === 0), { startedAt, progress: `${total - pending} of ${total}` }),
    step('END_ITEMS', stateOf(ended === total), { startedAt, finishedAt, progress: `${ended} of ${total}` }),
  ]
}

function step(
  kind: OperationStepKind,
  state: OperationStepState,
  { clusterId = null, startedAt = null, finishedAt = null, progress = null }: Partial<OperationStep> = {},
): OperationStep {
  return { kind, state, clusterId, startedAt, finishedAt, progress }
}
