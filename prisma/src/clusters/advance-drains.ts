import { formatBytes } from '@flotilla/core/units/bytes'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import { inTransaction } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { HELD_OF_DRAIN } from './count-held.ts'

interface CountedRow {
  operation_id: string
  cluster_id: string
  volume_count: number
  snapshot_count: number
  bytes: bigint
}

const FIND_RUNNING = prepared(
  `SELECT id FROM operation WHERE kind = 'DRAIN_CLUSTER' AND state = 'RUNNING' FOR UPDATE SKIP LOCKED`,
)

/**
 * Counts what is left on clusters that are being drained, and ends the drains of empty ones. Nothing new comes to them, so
 * nothing left stays nothing left. Skips what somebody else is at; may run anywhere, any number of times.
 *
 * @returns whether anything has changed
 */
export function advanceDrains(pool: pg.Pool): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows: running } = await client.query<{ id: string }>(FIND_RUNNING())
    if (running.length === 0) return false
    const { rows: counted } = await client.query<CountedRow>(
      `UPDATE cluster_drain SET volumes_left = held.volume_count, snapshots_left = held.snapshot_count,
              bytes_left = held.bytes, counted_at = clock_timestamp()
       FROM (SELECT operation_id, volume_count, snapshot_count, bytes FROM cluster_drain AS drain, ${HELD_OF_DRAIN}
             WHERE operation_id = ANY ($1)) AS held
       WHERE cluster_drain.operation_id = held.operation_id
         AND (volume_count + snapshot_count = 0
              OR (volumes_left, snapshots_left, bytes_left) IS DISTINCT FROM (volume_count, snapshot_count, held.bytes))
       RETURNING cluster_drain.operation_id, cluster_id, volume_count, snapshot_count, bytes`,
      [running.map(({ id }) => id)],
    )
    if (counted.length === 0) return false
    await client.query(
      `UPDATE operation SET progress = CASE WHEN done THEN NULL ELSE text END,
              state = CASE WHEN done THEN 'SUCCEEDED' ELSE state END,
              finished_at = CASE WHEN done THEN clock_timestamp() END
       FROM unnest($1::text[], $2::text[], $3::boolean[]) AS counted(operation_id, text, done)
       WHERE id = operation_id`,
      [
        counted.map((row) => row.operation_id),
        counted.map(drainProgress),
        counted.map((row) => row.volume_count + row.snapshot_count === 0),
      ],
    )
    await appendEvents(client, {
      OPERATION_CHANGED: counted.map((row) => row.operation_id),
      CLUSTER_CHANGED: counted.map((row) => row.cluster_id),
    })
    return true
  })
}

export function drainProgress(left: Pick<CountedRow, 'volume_count' | 'snapshot_count' | 'bytes'>): string {
  return `${left.volume_count} volumes (${formatBytes(left.bytes)}) and ${left.snapshot_count} snapshots are left`
}
