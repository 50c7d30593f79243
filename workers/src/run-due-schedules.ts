import { runSchedule } from '@flotilla/prisma/schedules/run-schedule'
import { takeDueSchedules } from '@flotilla/prisma/schedules/take-due'
import type { WorkerDependencies } from './dependencies.ts'
import { inLanes } from './in-lanes.ts'

/** Taken at once, so that other workers find the rest. */
const TAKEN_AT_ONCE = 16
/** Run side by side. Most of a run is waiting for the database, which has other work as well. */
const LANES = 4

/**
 * Runs every snapshot schedule that is due, and has the snapshots that came of it reconciled. One that fails is looked at again later and
 * keeps no other from its turn.
 */
export async function runDueSchedules(
  { database, jobs, bus, log }: WorkerDependencies,
  isClosing: () => boolean,
): Promise<void> {
  while (!isClosing()) {
    const due = await takeDueSchedules(database.pool, TAKEN_AT_ONCE)
    await inLanes(LANES, due, async (id) => {
      try {
        jobs.reconcileSnapshots(await runSchedule(database, id))
        bus.publish()
      } catch (error) {
        log.warn({ scheduleId: id, error: (error as Error).message }, 'a snapshot schedule could not be run')
      }
    })
    if (due.length < TAKEN_AT_ONCE) return
  }
}
