import type { FaultRuleInput } from '@flotilla/simulator/faults/fault-rule'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import type { HistoryWriter } from '../load/history-writer.ts'

/** Beyond what a call waits for, so that some give up on an answer that comes late. */
const LATE_MS = 1_500

/** What goes wrong on every cluster all the time. @param share of calls that each kind hits, 0 to 1 */
export function misbehave(clusters: readonly SimulatedCluster[], share: number): void {
  const rules: readonly FaultRuleInput[] = [
    { kind: 'dropAnswer', probability: share },
    { kind: 'dropRequest', probability: share },
    { kind: 'error', status: 503, probability: share },
    { kind: 'truncateBody', probability: share / 2 },
    { kind: 'latency', delayMs: LATE_MS, jitterMs: LATE_MS, probability: share },
  ]
  for (const cluster of clusters) cluster.faults.set(...(share > 0 ? rules : []))
}

/** Longer than a lease, and than a cluster that came and went is watched: what went wrong before is over by then. */
const CALM_MS = 40_000
/** What was left undone while processes were killed is caught up with in that time, or there is no outage. */
const CATCH_UP_MS = 300_000

/** What outages need. */
interface Outages {
  readonly random: () => number
  /** Told of each, for rule 10. */
  readonly history: Pick<HistoryWriter, 'add'>
  /** Ends them early. */
  readonly signal: AbortSignal
}

/** One cluster is away for a moment, refusing or silent. */
export function flap(cluster: SimulatedCluster, outages: Outages): Promise<void> {
  return stayAway(cluster, 1_000 + outages.random() * 5_000, outages)
}

/**
 * One cluster is away for longer than anything takes on one that is well, after some time in which nothing went wrong on any and nothing
 * was left undone: who then has to wait, waits for it.
 *
 * @param share as of `misbehave`; of what goes on going wrong afterwards
 * @param isUpToDate whether nothing waits that was asked for a while ago
 * @returns whether there was an outage
 */
export async function standOutage(
  clusters: readonly SimulatedCluster[],
  share: number,
  outages: Outages,
  isUpToDate: () => Promise<boolean>,
): Promise<boolean> {
  const { random, signal } = outages
  const cluster = clusters[Math.floor(random() * clusters.length)]
  if (!cluster) return false
  misbehave(clusters, 0)
  await pause(CALM_MS, signal)
  const giveUpAt = Date.now() + CATCH_UP_MS
  let isReady = await isUpToDate()
  while (!isReady && !signal.aborted && Date.now() < giveUpAt) {
    await pause(1_000, signal)
    isReady = await isUpToDate()
  }
  if (isReady) await stayAway(cluster, 25_000 + random() * 10_000, outages)
  if (!signal.aborted) misbehave(clusters, share)
  return isReady
}

async function stayAway(
  cluster: SimulatedCluster,
  ms: number,
  { random, history, signal }: Outages,
): Promise<void> {
  const fromMs = Date.now()
  await cluster.setConnectivity(random() < 0.5 ? 'refused' : 'silent')
  await pause(ms, signal)
  history.add({ type: 'outage', cluster: cluster.name, fromMs, untilMs: Date.now() })
  await cluster.setConnectivity('open')
}

export async function heal(clusters: readonly SimulatedCluster[]): Promise<void> {
  for (const cluster of clusters) {
    cluster.faults.clear()
    if (cluster.connectivity !== 'open') await cluster.setConnectivity('open')
  }
}

/** Ends early, and not by throwing, when the signal says so. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}
