import type { FaultRuleInput } from '@flotilla/simulator/faults/fault-rule'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'

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

/** One cluster is away for a while, refusing or silent. */
export async function flap(
  cluster: SimulatedCluster,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  await cluster.setConnectivity(random() < 0.5 ? 'refused' : 'silent')
  await pause(1_000 + random() * 5_000, signal)
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
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}
