import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../testkit/program.ts'
import type { Stack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

/** A start takes a second of a core; on a busy machine some. */
const READY_WITHIN_MS = 180_000
/** So that kills that are overdue do not come all at once. */
const LEAST_PAUSE_MS = 300
/** A load that stands still because of the kills must not stop them for ever. */
const STANDSTILL_MS = 20_000

export interface KillCounts {
  servers: number
  workers: number
  databaseRestarts: number
  /** From the start of a process until it was ready, in ms. */
  readonly startsMs: number[]
  /** Long ones, of one cluster each. */
  outages: number
}

interface KillLoopOptions {
  readonly kills: number
  readonly restarts: number
  readonly outages: number
  readonly random: () => number
  /** How much of the load has been answered, 0 to 1. */
  readonly progress: () => number
  readonly counts: KillCounts
  /** Called now and then between kills. */
  readonly disturb: () => void
  /** Nothing is killed until it is over. Answers whether there was one. */
  readonly standOutage: () => Promise<boolean>
}

/**
 * Kills spread evenly over the load. A process that was killed is started again at once, while others go on being
 * killed; a database restart or an outage takes the place of none.
 *
 * @throws Error when a process does not come up again, with what it printed
 */
export async function killLoop(stack: Stack, options: KillLoopOptions): Promise<void> {
  const { kills, restarts, outages, random, progress, counts, disturb, standOutage } = options
  const starting = new Map<Program, Promise<void>>()
  let failure: unknown
  let movedAt = performance.now()
  let lastProgress = 0

  const isDue = (number: number): boolean => {
    const now = progress()
    if (now !== lastProgress) movedAt = performance.now()
    lastProgress = now
    return now >= number / kills || performance.now() - movedAt > STANDSTILL_MS
  }

  for (let kill = 0; kill < kills; kill++) {
    await sleep(LEAST_PAUSE_MS)
    while (!isDue(kill) && !failure) await sleep(50)
    if (failure) break
    if (isOneOf(kill, restarts, kills)) {
      await stack.restartDatabase()
      counts.databaseRestarts++
    }
    if (isOneOf(kill, outages, kills)) {
      if (await standOutage()) counts.outages++
    }
    if (kill % 7 === 3) disturb()
    const up = [...stack.servers, ...stack.workers].filter((program) => !starting.has(program))
    const victim = up[Math.floor(random() * up.length)]
    if (!victim) {
      await Promise.race(starting.values())
      kill--
      continue
    }
    await victim.stop('SIGKILL')
    if (stack.servers.includes(victim)) counts.servers++
    else counts.workers++
    const start = startAgain(victim, counts)
      .catch((error: unknown) => {
        failure = error
      })
      .finally(() => starting.delete(victim))
    starting.set(victim, start)
    movedAt = performance.now()
  }
  await Promise.all(starting.values())
  if (failure) throw failure
}

/** Whether this number is one of so many that lie evenly among all. */
function isOneOf(number: number, some: number, all: number): boolean {
  if (some === 0) return false
  const every = Math.max(1, Math.floor(all / some))
  return number % every === Math.floor(every / 2)
}

/** As a supervisor would: one that ends while the database is away is started once more. */
async function startAgain(program: Program, counts: KillCounts): Promise<void> {
  const startedAt = performance.now()
  await waitUntil(
    'a process that was killed to be ready again',
    async () => {
      await program.start()
      return true
    },
    READY_WITHIN_MS,
  ).catch((error: Error) => {
    throw new Error(`${error.message}:\n${program.output}`, { cause: error })
  })
  counts.startsMs.push(performance.now() - startedAt)
}
