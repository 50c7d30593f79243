import { setTimeout as sleep } from 'node:timers/promises'
import { runAlertRound } from '@flotilla/prisma/alerts/alert-round'
import { advanceDrains } from '@flotilla/prisma/clusters/advance-drains'
import { trimEventLog } from '@flotilla/prisma/events/trim-event-log'
import { openExpired, tidyFindings } from '@flotilla/prisma/findings/sweep-findings'
import { forgetDetails } from '@flotilla/prisma/placement/forget-details'
import { createBackgroundWork } from './background-work.ts'
import type { WorkerDependencies } from './dependencies.ts'
import { createDueWork } from './due-work.ts'
import { carryOutBulk } from './jobs/bulk-carry-out.ts'
import { runPoll } from './jobs/run-poll.ts'
import { reconcileSnapshot } from './jobs/snapshot-reconcile.ts'
import { reconcileVolume } from './jobs/volume-reconcile.ts'
import { keepCapacityHistory } from './keep-capacity-history.ts'
import { runDueSchedules } from './run-due-schedules.ts'
import { unlessRunning } from './unless-running.ts'

const SWEEP_EVERY_MS = 1_000
/** That the sweep does itself beside the queue's; beyond it the rest waits for the next round. */
const MOST_POLLS = 512
const EVENTS_KEPT_MS = 3_600_000
const TRIM_EVERY_MS = 60_000
/** Whether a round of alerts is due is asked this often, or each poll interval where that is shorter. */
const LONGEST_WATCH_MS = 5_000
/** Between two steps, so that a large backlog is no load. */
const FORGET_PAUSE_MS = 200

/**
 * PostgreSQL is the only memory (design.md 3, rule 7): whatever the queues have lost, or cannot deliver because they are
 * down, is found in the records and done here, without them. Several workers may sweep; what one takes the others leave.
 *
 * @param overdueMs how late a poll must be before it is taken from its shard's job
 */
export function startSweep(dependencies: WorkerDependencies, overdueMs: number): { close(): Promise<void> } {
  const { database, reconciles, snapshots, bulks, polls, bus, clock, detailsKeptMs, schedule, log } =
    dependencies
  const onError = (error: Error) => log.warn({ error: error.message }, 'swept work failed')
  const background = createBackgroundWork(onError)
  const overduePolls = createBackgroundWork(onError)
  let sweeping: Promise<void> | null = null
  let trimAt = 0
  let watchAt = 0
  let isClosing = false

  const dueVolumes = createDueWork(
    { take: reconciles.takeDue, work: (id) => reconcileVolume(dependencies, id), onError },
    background,
    clock,
  )
  const dueSnapshots = createDueWork(
    { take: snapshots.takeDue, work: (id) => reconcileSnapshot(dependencies, id), onError },
    background,
    clock,
  )

  /** In small steps until none is left that is old enough, beside the sweep's other work. */
  const forget = unlessRunning(async () => {
    while (!isClosing && (await forgetDetails(database.pool, detailsKeptMs)) > 0) await sleep(FORGET_PAUSE_MS)
  })
  const watch = unlessRunning(async () => {
    const { policies, alerts } = dependencies
    if (await runAlertRound(database, policies, alerts, schedule.intervalMs)) bus.publish()
  })
  const keepHistory = unlessRunning(() => keepCapacityHistory(database.pool, () => isClosing))

  const runSchedules = unlessRunning(() => runDueSchedules(dependencies, () => isClosing))

  const sweep = async (): Promise<void> => {
    await dueVolumes.begin()
    await dueSnapshots.begin()
    if (overduePolls.size < MOST_POLLS) {
      for (const poll of await polls.beginOverdue(overdueMs, schedule.intervalMs)) {
        overduePolls.track(runPoll(dependencies, poll))
      }
    }
    for (const id of await bulks.due()) background.track(carryOutBulk(dependencies, id))
    if (await bulks.count()) bus.publish()
    if (performance.now() >= watchAt) {
      watchAt = performance.now() + Math.min(LONGEST_WATCH_MS, schedule.intervalMs)
      background.track(watch())
    }
    background.track(runSchedules())
    if (await advanceDrains(database.pool)) bus.publish()
    await openExpired(database.pool)
    if (performance.now() < trimAt) return
    trimAt = performance.now() + TRIM_EVERY_MS
    background.track(forget())
    background.track(keepHistory())
    await trimEventLog(database.pool, EVENTS_KEPT_MS)
    await tidyFindings(database.pool)
  }

  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error: Error) => log.warn({ error: error.message }, 'sweep failed'))
      .finally(() => {
        sweeping = null
      })
  }, SWEEP_EVERY_MS)

  return {
    async close() {
      isClosing = true
      clearInterval(timer)
      dueVolumes.close()
      dueSnapshots.close()
      await sweeping
      await Promise.all([background.close(), overduePolls.close()])
    },
  }
}
