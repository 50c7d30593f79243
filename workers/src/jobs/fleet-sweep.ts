import { trimEventLog } from '@flotilla/prisma/events/trim-event-log'
import type { WorkerDependencies } from '../dependencies.ts'

const PER_CLUSTER = 64
const EVENTS_KEPT_MS = 3_600_000
const TRIM_EVERY_MS = 60_000

/** PostgreSQL is the only memory: whatever the queues have lost is found here (design.md 3, rule 7). */
export function createFleetSweep(dependencies: WorkerDependencies): () => Promise<void> {
  let trimAt = 0
  return async () => {
    dependencies.jobs.reconcileVolumes(await dependencies.reconciles.takeDue(PER_CLUSTER))
    if (performance.now() < trimAt) return
    trimAt = performance.now() + TRIM_EVERY_MS
    await trimEventLog(dependencies.database.pool, EVENTS_KEPT_MS)
  }
}
