import type { Database } from '../database/connect.ts'
import { retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Prisma } from '../generated/client.ts'
import { TAKE_PLACEMENT_LOCK } from '../placement/placement-lock.ts'

const RACES_RETRIED = 5

/**
 * Changes to clusters are rare, so they go through Prisma. They take the placement lock: what placement has read of a
 * cluster's admin state stays true until it has committed.
 */
export async function changeClusters<T>(
  database: Database,
  bus: EventBus,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  const result = await retryOnConflict(RACES_RETRIED, () =>
    database.prisma.$transaction(async (transaction) => {
      await transaction.$executeRawUnsafe(TAKE_PLACEMENT_LOCK)
      return work(transaction)
    }),
  )
  bus.publish()
  return result
}
