import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { IntentOutcome } from './decide-batch.ts'

/** An operation as it is recorded with the commit of its batch. */
export type AcceptedOperation = Operation & Pick<NewOperation, 'inputFingerprint' | 'request'>

export type Accepted = Extract<IntentOutcome, { kind: 'CREATED' | 'UPDATED' }>

/** The record of an intent that a batch has taken on. What no cluster has to be asked for is done with its commit. */
export function acceptedOperation(outcome: Accepted, now: Date): AcceptedOperation {
  const { operation } = outcome.intent
  const isDone = outcome.kind === 'UPDATED' && !outcome.update.asksCluster
  return {
    id: operation.id,
    kind: kindOf(outcome),
    state: isDone ? 'SUCCEEDED' : 'PENDING',
    clusterId: null,
    volumeId: outcome.kind === 'CREATED' ? outcome.intent.volume.id : outcome.intent.volumeId,
    snapshotId: null,
    hostId: null,
    scheduleId: null,
    policyName: null,
    actor: operation.actor,
    idempotencyKey: operation.idempotencyKey,
    inputFingerprint: operation.inputFingerprint,
    parentId: operation.parentId ?? null,
    formerId: operation.formerId ?? null,
    request: requestOf(outcome),
    progress: null,
    attemptCount: 0,
    attempts: [],
    error: null,
    createdAt: now,
    startedAt: isDone ? now : null,
    finishedAt: isDone ? now : null,
  }
}

/** With the size before, which a change that is cancelled goes back to. */
function requestOf({ intent, ...outcome }: Accepted): NewOperation['request'] {
  const { request } = intent.operation
  if (!request || outcome.kind === 'CREATED') return request
  const { volume, growthBytes } = outcome.update
  return { ...request, formerSizeBytes: String(volume.sizeBytes - growthBytes) }
}

function kindOf(outcome: Accepted): Operation['kind'] {
  if (outcome.kind === 'CREATED') return 'CREATE_VOLUME'
  return outcome.intent.sizeBytes === null ? 'UPDATE_VOLUME' : 'RESIZE_VOLUME'
}
