import type { Observation } from '@flotilla/core/polling/observation'
import type { BackendSnapshot, ClusterSession } from '@flotilla/core/ports/cluster-driver'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import type { BegunPoll } from '@flotilla/prisma/polling/poll-store'

/**
 * Two depths (design.md section 7): statistics always; the inventory when it is due, when promises are outstanding, or
 * when the cluster reports other provisioned bytes than at the last look. The inventory is read before the statistics that
 * go with it, so that their figures are never older than it.
 */
export async function observeCluster(
  session: ClusterSession,
  poll: BegunPoll,
  signal: AbortSignal,
): Promise<Observation> {
  // Version and identity are proven once for each connection; the statistics carry the identity from then on.
  if (poll.connection !== 'CONNECTED') await session.identify(signal)
  if (poll.inventoryDue || !poll.last || poll.last.pendingBytes > 0n) return observeAll(session, poll, signal)
  const statistics = await session.observeStatistics(signal)
  if (statistics.provisionedBytes !== poll.last.reportedBytes) return observeAll(session, poll, signal)
  return { statistics, inventory: null }
}

async function observeAll(
  session: ClusterSession,
  { adoptedProjects }: BegunPoll,
  signal: AbortSignal,
): Promise<Observation> {
  const volumes = await gather(session.listVolumes(signal))
  const snapshots: BackendSnapshot[] = []
  for (const project of new Set([BACKEND_PROJECT, ...adoptedProjects])) {
    snapshots.push(...(await gather(session.listSnapshots(project, signal))))
  }
  return { inventory: { volumes, snapshots }, statistics: await session.observeStatistics(signal) }
}

async function gather<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}
