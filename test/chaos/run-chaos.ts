import { followEvents } from '../load/follow-events.ts'
import type { HistoryWriter } from '../load/history-writer.ts'
import { LOAD_KINDS } from '../load/load-kinds.ts'
import { makePolicies } from '../load/make-policies.ts'
import { seededRandom } from '../load/random.ts'
import { type LoadCounts, runLoad } from '../load/run-load.ts'
import { untilQuiet } from '../load/until-quiet.ts'
import type { Stack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { flap, heal, misbehave, standOutage } from './faults.ts'
import { type KillCounts, killLoop } from './kill-loop.ts'
import type { ChaosOptions } from './options.ts'

const QOS_POLICIES = ['load-gold', 'load-silver']
/** Longer than any start, restart and stand-still together: who is not answered then has been forgotten. */
const INSIST_MS = 600_000
const REST_WITHIN_MS = 900_000

export interface ChaosResult {
  readonly load: LoadCounts
  readonly kills: KillCounts
  /** How long the kills and the load took. */
  readonly seconds: number
  /** From when all was healed until the records equalled the clusters. */
  readonly restSeconds: number
  readonly eventsFollowed: number
}

/** Whether all is done that was asked for more than ten seconds ago; deletions and restores may wait for other things than their turn. */
async function isUpToDate(sql: Stack['sql']): Promise<boolean> {
  const { rows } = await sql.query<{ isUpToDate: boolean }>(
    `SELECT NOT EXISTS (
       SELECT 1 FROM operation WHERE state IN ('PENDING', 'RUNNING') AND kind NOT IN ('DELETE_VOLUME', 'DELETE_SNAPSHOT', 'RESTORE_VOLUME')
         AND created_at < clock_timestamp() - interval '10 seconds') AS "isUpToDate"`,
  )
  return rows[0]?.isUpToDate === true
}

type Plan = Pick<
  ChaosOptions,
  'kills' | 'restarts' | 'outages' | 'operations' | 'rate' | 'concurrency' | 'faults' | 'seed'
>

/**
 * The load, the faults and the kills at once; then everything is healed and comes to rest. What was answered is in the
 * history by then, for the checker.
 *
 * @throws Error when something does not come back, or does not come to rest in time
 */
export async function runChaos(
  stack: Stack,
  plan: Plan,
  history: HistoryWriter,
  onProgress: (load: LoadCounts, kills: KillCounts) => void = () => {},
): Promise<ChaosResult> {
  const { clusters } = stack.fleet
  const random = seededRandom(plan.seed * 7_919 + 1)
  const kills: KillCounts = { servers: 0, workers: 0, databaseRestarts: 0, startsMs: [], outages: 0 }
  const load: { counts: LoadCounts } = { counts: { outcomes: {}, latenciesMs: [], failed: 0, done: 0 } }
  for (const cluster of clusters) for (const name of QOS_POLICIES) cluster.createQosPolicy(name)
  await makePolicies(stack.api)

  const followed = followEvents(stack.apis, history)
  const healing = new AbortController()
  const outages = { random, history, signal: healing.signal }
  const flapping = new Set<Promise<void>>()
  const disturb = (): void => {
    const cluster = clusters[Math.floor(random() * clusters.length)]
    // One at a time, or nobody is left to place on.
    if (!cluster || flapping.size > 0) return
    const away: Promise<void> = flap(cluster, outages).finally(() => flapping.delete(away))
    flapping.add(away)
  }

  misbehave(clusters, plan.faults)
  const startedAt = performance.now()
  try {
    const loading = runLoad(
      {
        ...plan,
        count: plan.operations,
        apis: stack.apis,
        insistMs: INSIST_MS,
        history,
        medianGib: 20,
        sigma: 1,
        mix: new Map(LOAD_KINDS.map(({ name, share }) => [name, share])),
        qosPolicies: QOS_POLICIES,
        controlUrl: stack.fleet.controlUrl,
        runName: `chaos-${plan.seed}`,
      },
      (counts) => {
        load.counts = counts
        onProgress(counts, kills)
      },
    )
    const progress = () => load.counts.done / plan.operations
    const killing = killLoop(stack, {
      ...plan,
      random,
      progress,
      counts: kills,
      disturb,
      standOutage: async () => {
        await Promise.all(flapping)
        return standOutage(clusters, plan.faults, outages, () => isUpToDate(stack.sql))
      },
    })
    await Promise.all([loading, killing])
  } finally {
    healing.abort()
    await Promise.all(flapping)
    await heal(clusters)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const healedAt = performance.now()
  await waitForRest(stack, REST_WITHIN_MS)
  const restSeconds = (performance.now() - healedAt) / 1_000
  await untilQuiet(stack.api, followed, REST_WITHIN_MS)
  await followed.close()
  return { load: load.counts, kills, seconds, restSeconds, eventsFollowed: followed.count }
}
