import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { HeldSnapshots } from '@flotilla/core/schedules/snapshot-schedule'
import type pg from 'pg'

/** How many snapshots each schedule has, in the order of the ids. */
export async function readHeldSnapshots(
  pool: pg.Pool,
  ids: readonly SnapshotScheduleId[],
): Promise<readonly HeldSnapshots[]> {
  const { rows } = await pool.query<HeldSnapshots & { id: SnapshotScheduleId }>(
    `SELECT schedule_id AS id, count(*) FILTER (WHERE state = 'AVAILABLE')::int AS available,
            count(*) FILTER (WHERE state = 'LINGERING')::int AS lingering
     FROM snapshot WHERE schedule_id = ANY ($1) AND state IN ('AVAILABLE', 'LINGERING') GROUP BY schedule_id`,
    [ids],
  )
  const byId = new Map(rows.map(({ id, ...held }) => [id, held]))
  return ids.map((id) => byId.get(id) ?? { available: 0, lingering: 0 })
}
