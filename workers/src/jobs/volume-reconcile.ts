import { nextAccess } from '@flotilla/core/hosts/next-access'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import { type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { LATE_CREATE_MS } from '@flotilla/core/volumes/late-create'
import { nextStep } from '@flotilla/core/volumes/next-step'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import { askedProperties } from '@flotilla/core/volumes/volume-properties'
import type { JobDependencies } from '../dependencies.ts'
import {
  attemptError,
  BUSY_DELAY_MS,
  RETRY_DELAY_MS,
  toOperationError,
  UNTIL_IT_ANSWERS,
} from './attempt-error.ts'
import { restoreRefusal } from './restore-refusal.ts'
import { type StepResult, workUntilSettled } from './work-until-settled.ts'

const CREATE_FAILED = { code: 'CREATE_FAILED', message: 'the cluster could not create the volume' }
const NO_SOURCE = { code: 'NO_SOURCE', message: 'the snapshot that it was to begin from could not be taken' }
const FIRST_SOURCE_DELAY_MS = 500
const LONGEST_SOURCE_DELAY_MS = 5_000
const NAME_TAKEN = { code: 'NAME_TAKEN', message: 'the cluster has a volume of that name that is not ours' }
const LATE_RESTORE = {
  code: 'MAY_COME_LATE',
  message:
    'it was put back, but an earlier request for it had no answer and may be carried out yet, over what is written meanwhile',
}
const MISSING = { code: 'MISSING', message: 'the cluster no longer has the volume' }

/** One job's volumes, side by side: none waits for another. */
export async function reconcileVolumes(
  dependencies: JobDependencies,
  volumeIds: readonly VolumeId[],
): Promise<void> {
  const results = await Promise.allSettled(volumeIds.map((id) => reconcileVolume(dependencies, id)))
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} volumes: ${faults[0]?.message}`)
}

/**
 * Closes the gap between what is wanted of a volume and what its cluster has. Safe to run at any time, twice, and after
 * any crash: it looks first, unless nobody can have asked for the volume yet, and acts on what it sees.
 */
export async function reconcileVolume(dependencies: JobDependencies, volumeId: VolumeId): Promise<void> {
  for (;;) {
    const askedAtMs = dependencies.clock.now()
    const lease = await dependencies.reconciles.lease(volumeId)
    if (!lease) return
    const work = dependencies.callLimit.run(lease.clusterId, () => workOn(dependencies, lease, askedAtMs))
    const verdict = work ? await work : postponed(BUSY_DELAY_MS)
    if (verdict.kind === 'REFUSED') {
      if (await placeElsewhere(dependencies, lease, verdict.error)) continue
      return
    }
    const outcome = await dependencies.reconciles.settle(lease, verdict)
    dependencies.bus.publish()
    if (outcome !== 'CHANGED') {
      if (verdict.kind !== 'POSTPONED')
        dependencies.nudges.nudge(lease.clusterId, needsInventory(lease, verdict))
      return
    }
  }
}

/** Not after the most frequent change of all: who has access is nothing that an inventory has to tell, unless the volume was found to be lost. */
function needsInventory(
  { state, formerProperties, wantedAccess }: VolumeLease,
  { kind }: Settlement,
): boolean {
  const isAttachment =
    state === 'UPDATING' && formerProperties === null && wantedAccess?.change !== 'AS_WRITTEN'
  return !isAttachment || kind === 'VANISHED'
}

/** What this lease has brought about so far. */
interface Attempt {
  /** A create was sent and may yet be carried out. */
  createUnknown: boolean
  /** The cluster's id of what it has said that it makes. */
  createdId: string | null
  /** The same of a husk that had the name before anybody can have asked for the volume. */
  formerHuskId: string | null
  /** The cluster was asked for a change that it did not definitely leave undone. */
  changeAsked: boolean
  /** The cluster has taken the restore, or else the properties, that are wanted; under an earlier lease, too. */
  changeTaken: boolean
  /** The cluster was asked for the restore, and may yet carry it out: no definite answer came. */
  restoreUnknown: boolean
  /** The change that the cluster has refused as the volume had been changed since it was looked at, and what it was looked at with. */
  lostRace: { readonly error: DriverError; readonly etag: string | null } | null
}

/** REFUSED: the cluster does not want the volume and certainly does not have it. */
type Verdict = Settlement | { readonly kind: 'REFUSED'; readonly error: OperationError }

/** Whether the volume has another cluster now, or is wanted otherwise; if not, it has been given up. */
async function placeElsewhere(
  { reconciles, bus, nudges, log }: JobDependencies,
  lease: VolumeLease,
  error: OperationError,
): Promise<boolean> {
  const outcome = await reconciles.replace(lease, error)
  log.warn({ volume: lease.volumeId, cluster: lease.clusterId, error, outcome }, 'cluster refused the volume')
  bus.publish()
  if (outcome !== 'CHANGED') nudges.nudge(lease.clusterId)
  return outcome !== 'NOWHERE'
}

async function workOn(
  { sessions, breaker, clock, log }: JobDependencies,
  lease: VolumeLease,
  askedAtMs: number,
): Promise<Verdict> {
  if (!lease.clusterAnswers) return postponed(UNTIL_IT_ANSWERS)
  const restMs = breaker.admit(lease.clusterId)
  if (restMs > 0) return postponed(restMs)
  const attempt: Attempt = { ...NOTHING_ASKED, changeTaken: lease.changeTaken }
  try {
    const session = await sessions.open('VOLUMES', lease.clusterId, lease.driver, lease.openAccess)
    let isFirst = isNew(lease)
    const look = async () => {
      const found = isFirst ? null : await findOwn(session, lease, attempt)
      isFirst = false
      return found
    }
    const verdict = await workUntilSettled(clock, askedAtMs, look, (found) =>
      step(session, lease, attempt, found),
    )
    breaker.ended(lease.clusterId, null)
    return verdict ?? postponed(RETRY_DELAY_MS, attempt)
  } catch (error) {
    breaker.ended(lease.clusterId, error)
    return { ...postponed(0, attempt), ...attemptError(log, clock, lease.volumeId, error) }
  }
}

type Step = StepResult<BackendVolume | null, Verdict>

async function step(
  session: ClusterSession,
  lease: VolumeLease,
  attempt: Attempt,
  backend: BackendVolume | null,
): Promise<Step> {
  const asksProperties =
    (lease.formerProperties !== null && !attempt.changeTaken) || accessStep(lease, backend) !== null
  const asksRestore = lease.state === 'RESTORING' && !attempt.changeTaken
  if (backend && !isAsked(lease, attempt)) return standsInTheWay(lease)
  switch (nextStep({ ...lease, asksProperties, asksRestore }, backend)) {
    case 'CREATE':
      return create(session, lease, attempt)
    case 'RESTORE':
    case 'CHANGE':
    case 'GROW':
    case 'SHRINK':
      return backend && change(session, backend, lease, attempt)
    case 'DELETE':
      if (backend) await session.deleteVolume(backend)
      return null
    case 'WAIT':
      return null
    case 'PRESENT':
      return { outcome: backend ? present(lease, attempt, backend) : { kind: 'ABSENT' } }
    case 'ABSENT':
      return { outcome: { kind: 'ABSENT' } }
    case 'FAILED':
      return { outcome: refused(lease, attempt, CREATE_FAILED) }
    case 'VANISHED':
      return { outcome: { kind: 'VANISHED', error: MISSING, writtenSizeBytes: lease.writtenSizeBytes } }
  }
}

/**
 * It is as wanted. Whoever is told so may write to it, so nobody is while an earlier restore may yet be carried out: it would take along what
 * was written since (design.md 3, rule 1).
 */
function present(lease: VolumeLease, attempt: Attempt, backend: BackendVolume): Settlement {
  const waitMs = mayRestoreForMs(lease)
  if (waitMs > 0) return { ...postponed(waitMs, attempt), error: LATE_RESTORE }
  return { kind: 'PRESENT', backend, ...(attempt.createUnknown && { createUnknown: true }) }
}

/** For how long a restore that an earlier lease sent without an answer may be carried out late. */
function mayRestoreForMs({ leasedAt, restoreUnknownAt }: VolumeLease): number {
  return restoreUnknownAt ? restoreUnknownAt.getTime() + LATE_CREATE_MS - leasedAt.getTime() : 0
}

/**
 * By the cluster's id where that is known: somebody may have renamed it, and what has its name only is not ours. A husk leaves its
 * name free: one that was there before anybody can have asked for the volume is as good as nothing, then and later.
 */
async function findOwn(
  session: ClusterSession,
  lease: VolumeLease,
  attempt: Attempt,
): Promise<BackendVolume | null> {
  const backendId = lease.backendId ?? attempt.createdId
  if (backendId !== null) return session.findVolumeById(lease.backendProject, backendId)
  const named = await session.findVolume(lease.backendProject, lease.ownBackendName)
  if (named?.state === 'FAILED' && !isAsked(lease, attempt)) attempt.formerHuskId = named.backendId
  return named?.backendId === attempt.formerHuskId ? null : named
}

/** Whether what bears its name on the cluster can be ours at all: the cluster has it on record, or may have been asked for it. */
function isAsked(lease: VolumeLease, attempt: Attempt): boolean {
  return (
    lease.backendId !== null ||
    lease.createUnknownAt !== null ||
    attempt.createUnknown ||
    attempt.createdId !== null
  )
}

/** Somebody else's volume under the name is never touched: where it is, ours cannot be made. */
function standsInTheWay({ state }: VolumeLease): Step {
  return { outcome: state === 'CREATING' ? { kind: 'REFUSED', error: NAME_TAKEN } : { kind: 'ABSENT' } }
}

/** Nobody has had a lease on it before, so nobody can have asked a cluster for it: there is nothing to look for. */
function isNew({ leaseNumber, state }: VolumeLease): boolean {
  return leaseNumber === 1n && state === 'CREATING'
}

async function create(session: ClusterSession, lease: VolumeLease, attempt: Attempt): Promise<Step> {
  const {
    ownBackendName: name,
    backendProject: project,
    sizeBytes,
    replicas,
    compression,
    qosPolicy,
    labels,
    source,
  } = lease
  // Its snapshot is another job's work; no cluster was asked for this volume yet.
  if (source?.state === 'CREATING') return { outcome: postponed(sourceDelayMs(lease), attempt) }
  if (source && !source.backendId) return { outcome: refused(lease, attempt, NO_SOURCE) }
  try {
    const created = await session.createVolume({
      project,
      name,
      sizeBytes,
      replicas,
      compression,
      qosPolicy,
      labels,
      sourceSnapshotId: source?.backendId ?? null,
    })
    attempt.createdId = created.backendId
    return { found: created }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    const isRepeated = attempt.createUnknown
    if (error.outcome === 'UNKNOWN' || error.reason === 'BUSY') attempt.createUnknown = true
    if (error.outcome !== 'UNKNOWN' && error.outcome !== 'REFUSED') throw error
    const found = await findOwn(session, lease, attempt)
    if (found) return isAsked(lease, attempt) ? { found } : standsInTheWay(lease)
    // An answer may be lost once; a cluster that never says how it went is asked again later.
    if (error.outcome === 'UNKNOWN' && isRepeated) throw error
    if (error.outcome === 'UNKNOWN') return null
    // With nothing but a husk there, no further look tells more than the cluster's no.
    if (error.reason === 'NAME_TAKEN' && attempt.formerHuskId === null)
      return { outcome: postponed(RETRY_DELAY_MS, attempt) }
    return { outcome: refused(lease, attempt, toOperationError(error)) }
  }
}

/** A little more at each look: a snapshot that does not come soon may be long in coming. */
function sourceDelayMs({ leaseNumber }: VolumeLease): number {
  return Math.min(FIRST_SOURCE_DELAY_MS * Number(leaseNumber), LONGEST_SOURCE_DELAY_MS)
}

/** The cluster's no is final only when no earlier create can still be carried out there. */
function refused(lease: VolumeLease, attempt: Attempt, error: OperationError): Verdict {
  return mayStillAppear(lease, attempt)
    ? { ...postponed(RETRY_DELAY_MS, attempt), error }
    : { kind: 'REFUSED', error }
}

/** Whether an earlier create of this volume on this cluster may be carried out late; until then no other is tried (design.md 3, rule 2). */
function mayStillAppear(lease: VolumeLease, attempt: Attempt): boolean {
  const sentAt = lease.createUnknownAt?.getTime() ?? Number.NEGATIVE_INFINITY
  return attempt.createUnknown || lease.leasedAt.getTime() - sentAt < LATE_CREATE_MS
}

/**
 * Asks for the next of what is wanted: the restore, who has access, properties, then the size. A restore without a definite answer is asked
 * for again: until it is done, and the first can come no more, nobody is told that the volume may be written to. `null` when the cluster takes
 * it. A lost race is tried again at once, one time; whoever loses the next one as well, or finds the volume as it was looked at before, so
 * that there was no race, has it on record and tries later.
 */
async function change(
  session: ClusterSession,
  backend: BackendVolume,
  lease: VolumeLease,
  attempt: Attempt,
): Promise<Step> {
  const { formerProperties, sizeBytes, shrinkToBytes, restoreBackendId } = lease
  const access = accessStep(lease, backend)
  const { lostRace } = attempt
  if (lostRace && backend.etag !== null && backend.etag === lostRace.etag) throw lostRace.error
  const wasAsked = attempt.changeAsked
  attempt.changeAsked = true
  try {
    if (lease.state === 'RESTORING' && !attempt.changeTaken) {
      if (!restoreBackendId) throw new DriverError('REFUSED', 'NOT_FOUND', 'the snapshot was never taken')
      attempt.restoreUnknown = true
      await session.restoreVolume(backend, restoreBackendId)
      attempt.restoreUnknown = false
      attempt.changeTaken = true
    } else if (access?.kind === 'CHANGE') {
      await session.changeVolume(backend, { access: access.access })
    } else if (access) {
      const error = { code: 'FOREIGN_HOSTS', message: access.message }
      return { outcome: changeRefused(attempt, backend, error) }
    } else if (formerProperties && !attempt.changeTaken) {
      const isRenamed = backend.name !== lease.ownBackendName
      const name = isRenamed ? { name: lease.ownBackendName } : {}
      const asked = { ...name, ...askedProperties(formerProperties, lease) }
      // Access alone may have been put back, and that was asked for before.
      if (Object.keys(asked).length > 0) await session.changeVolume(backend, asked)
      else attempt.changeAsked = wasAsked
      attempt.changeTaken = true
    } else {
      await session.resizeVolume(backend, shrinkToBytes ?? sizeBytes, { shrink: shrinkToBytes !== null })
    }
    return null
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    if (error.outcome !== 'UNKNOWN') {
      attempt.changeAsked = wasAsked
      attempt.restoreUnknown = false
    }
    if (error.outcome !== 'REFUSED') throw error
    if (error.reason === 'PRECONDITION_FAILED') {
      if (lostRace) throw error
      attempt.lostRace = { error, etag: backend.etag }
      return null
    }
    const refusal = toOperationError(error)
    if (mayStillChange(lease)) return { outcome: { ...postponed(RETRY_DELAY_MS, attempt), error: refusal } }
    return { outcome: changeRefused(attempt, backend, restoreRefusal(lease, attempt.changeTaken, refusal)) }
  }
}

function changeRefused(attempt: Attempt, backend: BackendVolume, error: OperationError): Settlement {
  const { createUnknown, changeTaken } = attempt
  return {
    kind: 'CHANGE_REFUSED',
    backend,
    error,
    propertiesTaken: changeTaken,
    ...(createUnknown && { createUnknown }),
  }
}

/** Whether what an earlier lease asked for may be carried out late; until then no refusal of it is final. */
function mayStillChange({ leasedAt, changeAskedAt }: VolumeLease): boolean {
  return changeAskedAt !== null && leasedAt.getTime() - changeAskedAt.getTime() < LATE_CREATE_MS
}

/** Decided from what the cluster says at each look; null when nothing is left to do about it. */
function accessStep({ wantedAccess }: VolumeLease, backend: BackendVolume | null) {
  const step = wantedAccess && backend && nextAccess(wantedAccess, backend.access)
  return step && step.kind !== 'AS_WANTED' ? step : null
}

const NOTHING_ASKED: Readonly<Attempt> = {
  createUnknown: false,
  createdId: null,
  formerHuskId: null,
  changeAsked: false,
  changeTaken: false,
  restoreUnknown: false,
  lostRace: null,
}

function postponed(
  delayMs: number,
  { createUnknown, createdId, changeAsked, changeTaken, restoreUnknown }: Readonly<Attempt> = NOTHING_ASKED,
) {
  return {
    kind: 'POSTPONED',
    error: null,
    delayMs,
    createUnknown: createUnknown || createdId !== null,
    changeAsked,
    changeTaken,
    restoreUnknown,
  } as const
}
