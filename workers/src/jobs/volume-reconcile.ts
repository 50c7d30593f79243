import { setTimeout as sleep } from 'node:timers/promises'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import { type BackendVolume, type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import { nextStep } from '@flotilla/core/volumes/next-step'
import { replaceVolume } from '@flotilla/prisma/volumes/replace-volume'
import type { Settlement } from '@flotilla/prisma/volumes/settle-lease'
import type { VolumeLease } from '@flotilla/prisma/volumes/volume-lease'
import type { WorkerDependencies } from '../dependencies.ts'

/** Well within a lease: a longer wait is put off and taken up again. */
const WORK_BUDGET_MS = 10_000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1_000
const BUSY_DELAY_MS = 500
const CLUSTER_AWAY_DELAY_MS = 5_000
const RETRY_DELAY_MS = 2_000

const CREATE_FAILED = { code: 'CREATE_FAILED', message: 'the cluster could not create the volume' }
const MISSING = { code: 'MISSING', message: 'the cluster no longer has the volume' }
const FAULT = { code: 'FAULT', message: "an error of our own; the worker's log says which" }

/**
 * A create that was sent without an answer may be carried out this much later. Until then no other cluster is tried, even
 * if this one refuses a second create (design.md 3, rule 2).
 */
const LATE_CREATE_MS = 120_000

/** One job's volumes, side by side: none waits for another. */
export async function reconcileVolumes(
  dependencies: WorkerDependencies,
  volumeIds: readonly VolumeId[],
): Promise<void> {
  const results = await Promise.allSettled(volumeIds.map((id) => reconcileVolume(dependencies, id)))
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} volumes: ${faults[0]?.message}`)
}

/**
 * Closes the gap between what is wanted of a volume and what its cluster has. Safe to run at any time, twice, and after
 * any crash: it looks first, and acts on what it sees.
 */
export async function reconcileVolume(dependencies: WorkerDependencies, volumeId: VolumeId): Promise<void> {
  for (;;) {
    const lease = await dependencies.reconciles.lease(volumeId)
    if (!lease) return
    const work = dependencies.callLimit.run(lease.clusterId, () => workOn(dependencies, lease))
    const verdict = work ? await work : postponed(BUSY_DELAY_MS)
    const goesOn =
      verdict.kind === 'REFUSED' ? await placeElsewhere(dependencies, lease, verdict.error) : false
    if (goesOn) continue
    const settlement =
      verdict.kind === 'REFUSED' ? ({ kind: 'GIVEN_UP', error: verdict.error } as const) : verdict
    const outcome = await dependencies.reconciles.settle(lease, settlement)
    dependencies.bus.publish()
    if (outcome !== 'CHANGED') {
      if (settlement.kind !== 'POSTPONED') dependencies.nudges.nudge(lease.clusterId)
      return
    }
  }
}

/** What this lease has brought about so far. */
interface Attempt {
  /** A create was sent and may yet be carried out. */
  createUnknown: boolean
  /** The cluster has taken the properties that are wanted. */
  propertiesTaken: boolean
}

/** REFUSED: the cluster does not want the volume and certainly does not have it. */
type Verdict = Settlement | { readonly kind: 'REFUSED'; readonly error: OperationError }

/** Whether the volume has another cluster now, or is wanted otherwise; if not, it has to be given up. */
async function placeElsewhere(
  { database, policies, bus, nudges, log }: WorkerDependencies,
  lease: VolumeLease,
  error: OperationError,
): Promise<boolean> {
  const outcome = await replaceVolume(database, policies, lease, error)
  log.warn({ volume: lease.volumeId, cluster: lease.clusterId, error, outcome }, 'cluster refused the volume')
  bus.publish()
  if (outcome === 'REPLACED') nudges.nudge(lease.clusterId)
  return outcome !== 'NOWHERE'
}

async function workOn({ sessions, log }: WorkerDependencies, lease: VolumeLease): Promise<Verdict> {
  if (lease.connection !== 'CONNECTED') return postponed(CLUSTER_AWAY_DELAY_MS)
  const attempt: Attempt = { createUnknown: false, propertiesTaken: false }
  try {
    const session = await sessions.open('VOLUMES', lease.clusterId, lease.driver, lease.openAccess)
    return await stepUntilSettled(session, lease, attempt)
  } catch (error) {
    const isDrivers = error instanceof DriverError
    if (isDrivers) log.debug({ volume: lease.volumeId, reason: error.reason }, 'attempt failed')
    else log.error({ volume: lease.volumeId, err: error }, 'attempt failed')
    return {
      kind: 'POSTPONED',
      error: isDrivers ? toOperationError(error) : FAULT,
      delayMs: (isDrivers && error.retryAfterMs) || RETRY_DELAY_MS * (1 + Math.random()),
      createUnknown: attempt.createUnknown,
    }
  }
}

/** Looks, does the next step, looks again; until nothing is left to do or the time is up. */
async function stepUntilSettled(
  session: ClusterSession,
  lease: VolumeLease,
  attempt: Attempt,
): Promise<Verdict> {
  const deadline = performance.now() + WORK_BUDGET_MS
  let waitMs = FIRST_WAIT_MS
  let backend = await session.findVolume(BACKEND_PROJECT, lease.backendName)
  while (performance.now() < deadline) {
    const asksProperties = lease.asksProperties && !attempt.propertiesTaken
    switch (nextStep({ ...lease, asksProperties }, backend)) {
      case 'CREATE': {
        const created = await create(session, lease, attempt)
        if (created && 'kind' in created) return created
        backend = created
        if (backend) continue
        break
      }
      case 'CHANGE':
      case 'GROW':
      case 'SHRINK': {
        const refusal = backend && (await change(session, backend, lease, attempt))
        if (refusal) return refusal
        break
      }
      case 'DELETE':
        if (backend) await session.deleteVolume(backend)
        break
      case 'WAIT':
        break
      case 'PRESENT':
        return backend ? { kind: 'PRESENT', backend } : { kind: 'ABSENT' }
      case 'ABSENT':
        return { kind: 'ABSENT' }
      case 'FAILED':
        return refused(lease, attempt, CREATE_FAILED)
      case 'VANISHED':
        return { kind: 'VANISHED', error: MISSING }
    }
    await sleep(waitMs)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    backend = await session.findVolume(BACKEND_PROJECT, lease.backendName)
  }
  return postponed(RETRY_DELAY_MS, attempt.createUnknown)
}

/** The volume, `null` when nothing is known to have come of it yet, or why it ends here. */
async function create(
  session: ClusterSession,
  lease: VolumeLease,
  attempt: Attempt,
): Promise<BackendVolume | null | Verdict> {
  const { backendName: name, sizeBytes, replicas, compression, qosPolicy, labels } = lease
  try {
    return await session.createVolume({
      project: BACKEND_PROJECT,
      name,
      sizeBytes,
      replicas,
      compression,
      qosPolicy,
      labels,
      sourceSnapshotId: null,
    })
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    if (error.outcome === 'UNKNOWN' || error.reason === 'BUSY') attempt.createUnknown = true
    if (error.outcome !== 'UNKNOWN' && error.outcome !== 'REFUSED') throw error
    const found = await session.findVolume(BACKEND_PROJECT, name)
    if (found || error.outcome === 'UNKNOWN') return found
    if (error.reason === 'NAME_TAKEN') return postponed(RETRY_DELAY_MS, attempt.createUnknown)
    return refused(lease, attempt, toOperationError(error))
  }
}

/** The cluster's no is final only when no earlier create can still be carried out there. */
function refused(lease: VolumeLease, attempt: Attempt, error: OperationError): Verdict {
  return mayStillAppear(lease, attempt)
    ? { ...postponed(RETRY_DELAY_MS, attempt.createUnknown), error }
    : { kind: 'REFUSED', error }
}

/** Whether an earlier create of this volume on this cluster may be carried out late. */
function mayStillAppear(lease: VolumeLease, attempt: Attempt): boolean {
  const sentAt = lease.createUnknownAt?.getTime() ?? Number.NEGATIVE_INFINITY
  return attempt.createUnknown || lease.leasedAt.getTime() - sentAt < LATE_CREATE_MS
}

/**
 * Asks for the next of what is wanted: properties, then the size. `null` when the cluster takes it; a lost race or a busy
 * volume is simply tried again.
 */
async function change(
  session: ClusterSession,
  backend: BackendVolume,
  lease: VolumeLease,
  attempt: Attempt,
): Promise<Verdict | null> {
  const { asksProperties, compression, labels, sizeBytes, shrinkToBytes } = lease
  try {
    if (asksProperties && !attempt.propertiesTaken) {
      await session.changeVolume(backend, { compression, labels })
      attempt.propertiesTaken = true
    } else {
      await session.resizeVolume(backend, shrinkToBytes ?? sizeBytes, { shrink: shrinkToBytes !== null })
    }
    return null
  } catch (error) {
    if (!(error instanceof DriverError) || error.outcome !== 'REFUSED') throw error
    if (error.reason === 'PRECONDITION_FAILED' || error.reason === 'BUSY') return null
    return {
      kind: 'CHANGE_REFUSED',
      backend,
      error: toOperationError(error),
      propertiesTaken: attempt.propertiesTaken,
    }
  }
}

function postponed(delayMs: number, createUnknown = false) {
  return { kind: 'POSTPONED', error: null, delayMs, createUnknown } as const
}

function toOperationError(error: DriverError): OperationError {
  return { code: error.reason, message: error.message }
}
