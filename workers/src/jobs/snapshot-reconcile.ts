import type { SnapshotId } from '@flotilla/core/identity/ids'
import { type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { isOwnSnapshot } from '@flotilla/core/snapshots/is-own-snapshot'
import { nextSnapshotStep } from '@flotilla/core/snapshots/next-snapshot-step'
import type { SnapshotSettlement } from '@flotilla/prisma/snapshots/settle-snapshot'
import type { SnapshotLease } from '@flotilla/prisma/snapshots/snapshot-lease'
import type { JobDependencies } from '../dependencies.ts'
import {
  attemptError,
  BUSY_DELAY_MS,
  RETRY_DELAY_MS,
  toOperationError,
  UNTIL_IT_ANSWERS,
} from './attempt-error.ts'
import { type StepResult, workUntilSettled } from './work-until-settled.ts'

/** A cluster takes so many bytes of description. */
const MAX_DESCRIPTION = 256

const CREATE_FAILED = { code: 'CREATE_FAILED', message: 'the cluster could not take the snapshot' }
const NAME_TAKEN = {
  code: 'NAME_TAKEN',
  message: 'the cluster has a snapshot of that name that is not ours',
}
const NO_VOLUME = { code: 'NOT_FOUND', message: 'the cluster has never confirmed the volume' }

/**
 * Closes the gap between what is wanted of a snapshot and what its cluster has; safe at any time, twice, and after any
 * crash, as for volumes. There is no other cluster to turn to, so a definite refusal ends it, unless its volume is at work.
 */
export async function reconcileSnapshot(
  dependencies: JobDependencies,
  snapshotId: SnapshotId,
): Promise<void> {
  for (;;) {
    const askedAtMs = dependencies.clock.now()
    const lease = await dependencies.snapshots.lease(snapshotId)
    if (!lease) return
    const work = dependencies.callLimit.run(lease.clusterId, () => workOn(dependencies, lease, askedAtMs))
    const settlement = work ? await work : postponed(BUSY_DELAY_MS)
    const outcome = await dependencies.snapshots.settle(lease, settlement)
    dependencies.bus.publish()
    if (outcome !== 'CHANGED') return
  }
}

/** What this lease has brought about so far. */
interface Attempt {
  /** A create was sent that had no answer, and may yet be carried out. */
  createUnknown: boolean
  /** The cluster has said that the name is taken, where the look had found nothing. */
  isNameTaken: boolean
  /** The cluster has refused the volume as a source, and had nothing else to do with it when it was asked why. */
  isSourceRefused: boolean
}

async function workOn(
  { sessions, breaker, clock, log }: JobDependencies,
  lease: SnapshotLease,
  askedAtMs: number,
): Promise<SnapshotSettlement> {
  if (!lease.clusterAnswers) return postponed(UNTIL_IT_ANSWERS)
  const restMs = breaker.admit(lease.clusterId)
  if (restMs > 0) return postponed(restMs)
  const attempt: Attempt = { createUnknown: false, isNameTaken: false, isSourceRefused: false }
  const told = () => ({ createUnknown: attempt.createUnknown })
  try {
    const session = await sessions.open('VOLUMES', lease.clusterId, lease.driver, lease.openAccess)
    let last: BackendSnapshot | null = null
    const look = async () => {
      last = await session.findSnapshot(lease.backendProject, lease.backendName)
      return last
    }
    const settled = await workUntilSettled(clock, askedAtMs, look, (found) =>
      step(session, lease, attempt, found),
    )
    breaker.ended(lease.clusterId, null)
    if (settled) return { ...settled, ...told() }
    // Clones that are not ours keep it as well.
    return isGoing(lease, last) ? LINGERS : { ...postponed(RETRY_DELAY_MS), ...told() }
  } catch (error) {
    breaker.ended(lease.clusterId, error)
    return { kind: 'POSTPONED', ...attemptError(log, clock, lease.snapshotId, error), ...told() }
  }
}

async function step(
  session: ClusterSession,
  lease: SnapshotLease,
  attempt: Attempt,
  named: BackendSnapshot | null,
): Promise<StepResult<BackendSnapshot | null, SnapshotSettlement>> {
  const found = named && isOwnSnapshot(lease, named) ? named : null
  // Somebody else's is never touched: where it is, ours cannot be taken. A husk leaves its name free.
  if (named && !found && named.state !== 'FAILED') {
    const isWanted = lease.state === 'CREATING'
    return { outcome: isWanted ? { kind: 'GIVEN_UP', error: NAME_TAKEN } : { kind: 'ABSENT' } }
  }
  switch (nextSnapshotStep({ state: lease.state, hasClones: lease.cloneCount > 0 }, found)) {
    case 'CREATE':
      return create(session, lease, attempt)
    case 'DELETE':
      if (found) await session.deleteSnapshot(found)
      return null
    case 'WAIT':
      return null
    case 'PRESENT':
      return { outcome: found ? { kind: 'PRESENT', backend: found } : { kind: 'ABSENT' } }
    case 'ABSENT':
      return { outcome: { kind: 'ABSENT' } }
    case 'LINGERS':
      return { outcome: LINGERS }
    case 'FAILED':
      return { outcome: { kind: 'GIVEN_UP', error: CREATE_FAILED } }
  }
}

async function create(
  session: ClusterSession,
  lease: SnapshotLease,
  attempt: Attempt,
): Promise<StepResult<BackendSnapshot | null, SnapshotSettlement>> {
  const { backendName: name, backendProject: project, volumeBackendId, description, retentionSeconds } = lease
  if (!volumeBackendId) return { outcome: { kind: 'GIVEN_UP', error: NO_VOLUME } }
  try {
    const created = await session.createSnapshot({
      name,
      project,
      volumeId: volumeBackendId,
      description: description.slice(0, MAX_DESCRIPTION),
      retentionSeconds,
    })
    return { found: created }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    const isRepeated = error.outcome === 'UNKNOWN' ? attempt.createUnknown : attempt.isNameTaken
    if (error.outcome === 'UNKNOWN' || error.reason === 'BUSY') attempt.createUnknown = true
    if (error.reason === 'NAME_TAKEN') attempt.isNameTaken = true
    if (error.outcome === 'UNKNOWN' || error.reason === 'NAME_TAKEN') {
      // Not known to have been taken: the next look tells, once. A cluster that never says how it went is asked again later.
      if (isRepeated) throw error
      return null
    }
    if (error.outcome !== 'REFUSED') throw error
    return afterRefusal(session, lease, volumeBackendId, attempt, error)
  }
}

/**
 * The cluster's no is final, unless it may be for what it does with the volume just now: no snapshot is taken of one that is being changed. One
 * that was done with that before it was asked is tried once more.
 */
async function afterRefusal(
  session: ClusterSession,
  { backendProject }: SnapshotLease,
  volumeBackendId: string,
  attempt: Attempt,
  refusal: DriverError,
): Promise<StepResult<BackendSnapshot | null, SnapshotSettlement>> {
  const error = toOperationError(refusal)
  if (refusal.reason === 'INVALID_ARGUMENT' || refusal.reason === 'PRECONDITION_FAILED') {
    const volume = await session.findVolumeById(backendProject, volumeBackendId)
    if (volume?.state === 'CREATING' || volume?.state === 'UPDATING')
      return { outcome: { kind: 'POSTPONED', error, delayMs: RETRY_DELAY_MS } }
    if (volume?.state === 'AVAILABLE' && !attempt.isSourceRefused) {
      attempt.isSourceRefused = true
      return null
    }
  }
  return { outcome: { kind: 'GIVEN_UP', error } }
}

const LINGERS = { kind: 'LINGERS' } as const

function isGoing({ state }: SnapshotLease, found: BackendSnapshot | null): boolean {
  return state !== 'CREATING' && found?.state === 'DELETING'
}

function postponed(delayMs: number): SnapshotSettlement {
  return { kind: 'POSTPONED', error: null, delayMs }
}
