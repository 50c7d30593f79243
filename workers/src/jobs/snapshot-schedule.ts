import { runSchedule } from '@flotilla/prisma/schedules/run-schedule'
import { type Shard, takeDueSchedules } from '@flotilla/prisma/schedules/take-due'
import type { WorkerDependencies } from '../dependencies.ts'

/** Taken at once, so that other workers find the rest. */
const TAKEN_AT_ONCE = 16

/**
 * Looks at every schedule of the shard that is due, one after the other, and has the snapshots that came of it reconciled. One
 * that fails is looked at again later and keeps no other from its turn.
 *
 * @param overdueMs how long they must have been due already
 */
export async function runSchedules(
  { database, jobs, bus, log }: WorkerDependencies,
  shard: Shard,
  overdueMs = 0,
): Promise<void> {
  for (;;) {
    const due = await takeDueSchedules(database.pool, shard, TAKEN_AT_ONCE, overdueMs)
    for (const id of due) {
      try {
        jobs.reconcileSnapshots(await runSchedule(database, id))
        bus.publish()
      } catch (error) {
        log.warn({ scheduleId: id, error: (error as Error).message }, 'a snapshot schedule could not be run')
      }
    }
    if (due.length < TAKEN_AT_ONCE) return
  }
}
