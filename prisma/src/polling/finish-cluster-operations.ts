import type { OperationError } from '@flotilla/core/operations/operation'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from './begun-poll.ts'

const FINISH = prepared(
  `UPDATE operation SET state = $3, error_code = $4, error_message = $5, started_at = $6,
          finished_at = clock_timestamp(), attempt_count = attempt_count + 1, attempts = $7::jsonb || attempts
   WHERE cluster_id = $1 AND state IN ('PENDING', 'RUNNING')
     AND (kind = 'REGISTER_CLUSTER' OR kind = 'REFRESH_CLUSTER' AND created_at <= $6 AND $2::boolean)
   RETURNING id`,
)

/**
 * Ends what waited for this poll: registrations, and refreshes that were asked for before it began (those only with an
 * inventory, or by a failure).
 */
export async function finishClusterOperations(
  client: pg.ClientBase,
  poll: BegunPoll,
  error: OperationError | null,
  withInventory = true,
): Promise<void> {
  const attempt = {
    startedAt: poll.startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    error,
  }
  const { rows } = await client.query<{ id: string }>(
    FINISH([
      poll.clusterId,
      withInventory,
      error ? 'FAILED' : 'SUCCEEDED',
      error?.code ?? null,
      error?.message ?? null,
      poll.startedAt,
      JSON.stringify([attempt]),
    ]),
  )
  await appendEvents(client, { OPERATION_CHANGED: rows.map((row) => row.id) })
}
