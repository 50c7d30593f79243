import { compactVolumes, type KnownVolumes } from '@flotilla/core/polling/compact-volumes'
import type { Observation } from '@flotilla/core/polling/observation'
import type { Clock } from '@flotilla/core/ports/clock'
import { type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { Places } from '../clusters/places.ts'

/** Statistics take no longer than this, whatever the cluster does; each request has a limit of its own. */
const STATISTICS_TIMEOUT_MS = 30_000
/** An inventory has as many requests as there are pages, and may have a thousand. */
const INVENTORY_TIMEOUT_MS = 300_000

export interface ObservationMeans {
  readonly session: ClusterSession
  readonly inventoryPlaces: Pick<Places, 'tryRun'>
  /** What the records know of the cluster; asked for when its inventory is long. */
  readonly readKnown: () => Promise<KnownVolumes>
  /** Around the reading of an inventory. */
  readonly whileReading: <T>(read: () => Promise<T>) => Promise<T>
  readonly clock: Pick<Clock, 'timeout'>
}

/**
 * Two depths (design.md section 7): statistics always; the inventory when it is due, when promises are outstanding, or
 * when the cluster reports other provisioned bytes than at the last look. The inventory is read before the statistics that
 * go with it, so that their figures are never older than it. While it has no place the statistics have to do.
 *
 * @returns `null` where they do not, as nothing is known of the cluster yet
 */
export async function observeCluster(means: ObservationMeans, poll: BegunPoll): Promise<Observation | null> {
  const { session, clock } = means
  const signal = clock.timeout(STATISTICS_TIMEOUT_MS)
  // Version and identity are proven once for each connection; the statistics carry the identity from then on.
  if (poll.connection !== 'CONNECTED') await session.identify(signal)
  const isDue = poll.inventoryDue || !poll.last || poll.last.pendingBytes > 0n
  const whole = isDue ? tryObserveAll(means, poll) : null
  if (whole) return whole
  if (!poll.last) return null
  const statistics = await session.observeStatistics(signal)
  const isInventoryOwed = isDue || statistics.provisionedBytes !== poll.last.reportedBytes
  const after = isInventoryOwed ? tryObserveAll(means, poll) : null
  return after ?? { statistics, inventory: null, isInventoryOwed, acceptedKeyId: session.acceptedKeyId() }
}

function tryObserveAll(means: ObservationMeans, poll: BegunPoll): Promise<Observation> | null {
  return means.inventoryPlaces.tryRun(() => means.whileReading(() => observeAll(means, poll)))
}

async function observeAll(
  { session, readKnown, clock }: ObservationMeans,
  { furtherProjects }: BegunPoll,
): Promise<Observation> {
  const signal = clock.timeout(INVENTORY_TIMEOUT_MS)
  const projects = new Set([BACKEND_PROJECT, ...furtherProjects])
  const snapshotPages = (inUse: ReadonlySet<string>) => listSnapshots(session, projects, inUse, signal)
  // Which projects have volumes is not known before the list is at its end; then they are read again.
  const readSnapshotsOf = (volumeIds: ReadonlySet<string>) =>
    idsOfSnapshots(snapshotPages(new Set()), volumeIds)
  const volumePages = session.listVolumes(signal)
  const { volumes, further } = await compactVolumes(volumePages, { readKnown, projects, readSnapshotsOf })
  const listed = new Set(volumes.map(({ backendId }) => backendId))
  const cloned = new Set(volumes.flatMap(({ sourceSnapshotId }) => sourceSnapshotId ?? []))
  const sources = new Map<string, string>()
  const snapshots: BackendSnapshot[] = []
  const foreignSnapshots = new Map<string, number>()
  for await (const page of snapshotPages(new Set(volumes.map(({ project }) => project)))) {
    for (const snapshot of page) {
      const { backendId, volumeId } = snapshot
      if (cloned.has(backendId) || further.clones.has(backendId)) sources.set(backendId, volumeId)
      if (idOfBackendName('Snapshot', snapshot.name)) snapshots.push(snapshot)
      else if (staysBeside(snapshot, listed)) countOne(foreignSnapshots, volumeId)
    }
  }
  const statistics = await session.observeStatistics(signal)
  const inventory = { volumes, snapshots, foreignSnapshots, sources, further }
  return { inventory, isInventoryOwed: false, statistics, acceptedKeyId: session.acceptedKeyId() }
}

/** @param inUse projects that are there, as the cluster has listed volumes in them */
async function* listSnapshots(
  session: ClusterSession,
  projects: ReadonlySet<string>,
  inUse: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncIterable<readonly BackendSnapshot[]> {
  for (const project of projects) {
    const pages = session.listSnapshots(project, signal)
    yield* project === BACKEND_PROJECT || inUse.has(project) ? pages : noneWhereGone(pages)
  }
}

/**
 * Of a project that somebody may have deleted on the cluster; that is no reason to see nothing of the cluster any more. Only at the first page:
 * later on it may be the page's begin that is gone.
 */
async function* noneWhereGone(
  pages: AsyncIterable<readonly BackendSnapshot[]>,
): AsyncIterable<readonly BackendSnapshot[]> {
  let isThere = false
  try {
    for await (const page of pages) {
      isThere = true
      yield page
    }
  } catch (error) {
    const isGone = error instanceof DriverError && error.outcome === 'REFUSED' && error.reason === 'NOT_FOUND'
    if (isThere || !isGone) throw error
  }
}

/** Of those that are of these volumes. */
async function idsOfSnapshots(
  pages: AsyncIterable<readonly BackendSnapshot[]>,
  volumeIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for await (const page of pages) {
    for (const { backendId, volumeId } of page) if (volumeIds.has(volumeId)) ids.add(backendId)
  }
  return ids
}

function staysBeside({ volumeId, state }: BackendSnapshot, listed: ReadonlySet<string>): boolean {
  return listed.has(volumeId) && state !== 'FAILED' && state !== 'DELETING'
}

function countOne(counts: Map<string, number>, volumeId: string): void {
  counts.set(volumeId, (counts.get(volumeId) ?? 0) + 1)
}
