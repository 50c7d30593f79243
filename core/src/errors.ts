import type { HostAccess } from './hosts/host-access.ts'
import type { HostId, SnapshotId, VolumeId } from './identity/ids.ts'
import type { PlacementDecision } from './placement/placement-decision.ts'

/** What a caller may see of a refusal. Closed list; the API's enum ErrorCode is made of it. */
export const ERROR_CODES = [
  'INVALID_INPUT',
  'INVALID_STATE',
  'NOT_FOUND',
  'NAME_TAKEN',
  'IDEMPOTENCY_CONFLICT',
  'REVISION_CONFLICT',
  'NO_FEASIBLE_CLUSTER',
  'WOULD_SHRINK',
  'HAS_DEPENDENTS',
  'VOLUME_ATTACHED',
  'HOST_ATTACHED',
  'OVERLOADED',
  'TOO_MANY_ITEMS',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A refusal that the domain expects; everything else that is thrown is a fault and gets masked. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode
  /** Where in the input the cause stands, for example `['input', 'sizeBytes']`; empty when no field is to blame. */
  readonly path: readonly string[]

  constructor(message: string, path: readonly string[] = []) {
    super(message)
    this.name = new.target.name
    this.path = path
  }
}

export interface InputIssue {
  readonly path: readonly string[]
  readonly message: string
  readonly allowed: string
}

/** Carries every fault of the input, not only the first. */
export class InvalidInputError extends DomainError {
  readonly code = 'INVALID_INPUT'
  readonly issues: readonly InputIssue[]

  constructor(issues: readonly [InputIssue, ...InputIssue[]]) {
    super(
      issues
        .map((issue) => `${issue.path.join('.')}: ${issue.message}; allowed: ${issue.allowed}`)
        .join('\n'),
      issues[0].path,
    )
    this.issues = issues
  }
}

export class NotFoundError extends DomainError {
  readonly code = 'NOT_FOUND'
}

export class NameTakenError extends DomainError {
  readonly code = 'NAME_TAKEN'
  readonly takenBy: string

  constructor(message: string, path: readonly string[], takenBy: string) {
    super(message, path)
    this.takenBy = takenBy
  }
}

/** The same key came with another input. */
export class IdempotencyConflictError extends DomainError {
  readonly code = 'IDEMPOTENCY_CONFLICT'
  readonly operationId: string

  constructor(operationId: string) {
    super(`this idempotency key was used by ${operationId} with another input`, ['input', 'idempotencyKey'])
    this.operationId = operationId
  }
}

export class RevisionConflictError extends DomainError {
  readonly code = 'REVISION_CONFLICT'
  readonly currentRevision: number

  constructor(expected: number, current: number) {
    super(`expected revision ${expected}, but it is ${current} now; read it again`, [
      'input',
      'expectedRevision',
    ])
    this.currentRevision = current
  }
}

export class InvalidStateError extends DomainError {
  readonly code = 'INVALID_STATE'
}

/** No cluster qualifies; the recorded decision says why for each of them. */
export class NoFeasibleClusterError extends DomainError {
  readonly code = 'NO_FEASIBLE_CLUSTER'
  readonly decision: PlacementDecision

  constructor(decision: PlacementDecision, message: string) {
    super(message)
    this.decision = decision
  }
}

/** A smaller size was asked for without `force`. */
export class WouldShrinkError extends DomainError {
  readonly code = 'WOULD_SHRINK'
  readonly presentSizeBytes: bigint
  readonly lostBytes: bigint

  constructor(id: string, presentSizeBytes: bigint, sizeBytes: bigint) {
    const lostBytes = presentSizeBytes - sizeBytes
    super(
      `${id} has ${presentSizeBytes} bytes; at ${sizeBytes} whatever is stored in its last ${lostBytes} bytes is lost for good. Make the file system on it smaller first, then ask by updateVolume(force: true)`,
      ['input', 'sizeBytes'],
    )
    this.presentSizeBytes = presentSizeBytes
    this.lostBytes = lostBytes
  }
}

/** What is to go has snapshots, and nobody said that they may go as well. */
export class HasDependentsError extends DomainError {
  readonly code = 'HAS_DEPENDENTS'
  readonly snapshotIds: readonly SnapshotId[]
  readonly cloneIds: readonly VolumeId[]
  /** Snapshots on its cluster that are not ours. */
  readonly foreignSnapshotCount: number

  constructor(
    id: string,
    snapshotIds: readonly SnapshotId[],
    cloneIds: readonly VolumeId[],
    foreignSnapshotCount: number,
  ) {
    const foreign =
      foreignSnapshotCount === 0
        ? ''
        : `, and ${foreignSnapshotCount} more on its cluster that were not taken here, which stay there`
    super(
      `${id} has ${snapshotIds.length} snapshots, from which ${cloneIds.length} clones were made${foreign}; delete the snapshots first, or ask again with cascade: true: the snapshots go with it, clones stay`,
      ['input', 'id'],
    )
    this.snapshotIds = snapshotIds
    this.cloneIds = cloneIds
    this.foreignSnapshotCount = foreignSnapshotCount
  }
}

/** Hosts have the volume, and what was asked for would take it from under them. */
export class VolumeAttachedError extends DomainError {
  readonly code = 'VOLUME_ATTACHED'
  readonly hostIds: readonly HostId[]
  /** NQNs that its cluster admits without an attachment here. */
  readonly foreignNqns: HostAccess['hostNqns']

  constructor(hostIds: readonly HostId[], message: string, foreignNqns: HostAccess['hostNqns'] = []) {
    super(message, ['input', 'id'])
    this.hostIds = hostIds
    this.foreignNqns = foreignNqns
  }
}

/** Volumes are attached to the host. */
export class HostAttachedError extends DomainError {
  readonly code = 'HOST_ATTACHED'
  /** The first of them. */
  readonly volumeIds: readonly VolumeId[]
  readonly volumeCount: number

  constructor(id: HostId, volumeIds: readonly VolumeId[], volumeCount: number) {
    super(`${volumeCount} volumes are attached to ${id}; detach them first`, ['input', 'id'])
    this.volumeIds = volumeIds
    this.volumeCount = volumeCount
  }
}

/** A bulk request is about more volumes than its caller has allowed. */
export class TooManyItemsError extends DomainError {
  readonly code = 'TOO_MANY_ITEMS'
  readonly itemCount: number
  readonly maxItems: number

  constructor(itemCount: number, maxItems: number) {
    super(
      `${itemCount} volumes are meant, and maxItems allows ${maxItems}; ask for fewer, or with a larger maxItems if all of them are`,
      ['input', 'maxItems'],
    )
    this.itemCount = itemCount
    this.maxItems = maxItems
  }
}

/**
 * A record contradicts itself: it was changed after it was written, or is damaged. No refusal of what was asked, so no
 * DomainError; asking again does not help.
 */
export class RecordFaultError extends Error {
  override readonly name = 'RecordFaultError'
}

/** Too many requests wait, or this one has waited too long; the same request may be sent again after `retryAfterMs`. */
export class OverloadedError extends DomainError {
  readonly code = 'OVERLOADED'
  readonly retryAfterMs: number

  /** @param waitedMs how long it has waited, when that is the cause; nothing was stored, and nothing will be */
  constructor(retryAfterMs: number, waitedMs: number | null = null) {
    const cause =
      waitedMs === null
        ? 'too many requests are waiting'
        : `the request has waited ${waitedMs} ms to be placed and was not; nothing was stored`
    super(`${cause}; try again in ${retryAfterMs} ms`)
    this.retryAfterMs = retryAfterMs
  }
}
