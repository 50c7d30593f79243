import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Prisma } from '../generated/client.ts'
import { END_SCHEDULE } from '../schedules/end-schedules.ts'
import { GONE } from '../volumes/gone.ts'

const REASON = 'released from management: its cluster was detached'

/**
 * Lets our volumes and snapshots go with their cluster. Whoever holds a lease of one finds another state when it settles,
 * and leaves it at that. Volumes first, then what hosts have of them, then schedules, then snapshots, as every writer locks them.
 */
export async function releaseHeld(transaction: Prisma.TransactionClient, id: ClusterId): Promise<void> {
  await lockHeld(transaction, 'volume', id)
  // Hosts keep the way they have; what we know of it ends, so that it keeps no host from being deleted.
  await transaction.$executeRaw`DELETE FROM attachment USING volume WHERE volume.id = volume_id AND cluster_id = ${id}`
  await release(transaction, 'volume', id)
  await endSchedules(transaction, id)
  await lockHeld(transaction, 'snapshot', id)
  await release(transaction, 'snapshot', id)
}

/**
 * A statement of its own. Somebody may be asking for work on them at this moment: a statement that waits for that goes on with the
 * rows as they are then, and with operations and attachments as they were when it began.
 */
async function lockHeld(
  transaction: Prisma.TransactionClient,
  kind: 'volume' | 'snapshot',
  id: ClusterId,
): Promise<void> {
  await transaction.$executeRawUnsafe(
    `SELECT 1 FROM ${kind} WHERE cluster_id = $1 AND state NOT IN ${GONE} ORDER BY id FOR UPDATE`,
    id,
  )
}

async function endSchedules(transaction: Prisma.TransactionClient, id: ClusterId): Promise<void> {
  await transaction.$executeRawUnsafe(
    `WITH ended AS (
       UPDATE snapshot_schedule SET ${END_SCHEDULE}
       WHERE deleted_at IS NULL AND volume_id IN (SELECT id FROM volume WHERE cluster_id = $1 AND state = 'RELEASED')
       RETURNING id)
     INSERT INTO event (kind, subject_id) SELECT 'SCHEDULE_CHANGED', id FROM ended`,
    id,
  )
}

/** Those that are locked, with all that has been asked of them. */
async function release(
  transaction: Prisma.TransactionClient,
  kind: 'volume' | 'snapshot',
  id: ClusterId,
): Promise<void> {
  await transaction.$executeRawUnsafe(
    `WITH released AS (
       UPDATE ${kind} SET state = 'RELEASED', revision = revision + 1, updated_at = clock_timestamp()
       WHERE cluster_id = $1 AND state NOT IN ${GONE} RETURNING id),
     cancelled AS (
       UPDATE operation SET state = 'CANCELLED', finished_at = clock_timestamp(), progress = NULL,
              error_code = 'RELEASED', error_message = $2
       WHERE ${kind}_id IN (SELECT id FROM released) AND state IN ('PENDING', 'RUNNING') RETURNING id)
     INSERT INTO event (kind, subject_id)
     SELECT '${kind.toUpperCase()}_CHANGED', id FROM released UNION ALL SELECT 'OPERATION_CHANGED', id FROM cancelled`,
    id,
    REASON,
  )
}
