import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import { historyWith, resolved } from './history.ts'

const RESOLVED_KEPT_DAYS = 30
const AT_ONCE = 5_000

const OPEN_EXPIRED = preparedChange(
  `state = 'OPEN', ignored_until = NULL, updated_at = clock_timestamp(), history = ${historyWith('EXPIRED', "'flotilla'")}`,
  `state = 'IGNORED' AND ignored_until <= clock_timestamp()`,
)
const CLOSE_DETACHED = preparedChange(
  resolved(),
  `state <> 'RESOLVED' AND cluster_id IN (SELECT id FROM cluster WHERE detached_at IS NOT NULL)`,
)

/** Opens again what was ignored up to now. Cheap when there is nothing. */
export async function openExpired(pool: pg.Pool): Promise<void> {
  await pool.query(OPEN_EXPIRED([AT_ONCE]))
}

/** Closes what is about clusters that have left, and drops what was closed long ago. */
export async function tidyFindings(pool: pg.Pool): Promise<void> {
  await pool.query(CLOSE_DETACHED([AT_ONCE]))
  await pool.query(
    `DELETE FROM finding WHERE id IN (
       SELECT id FROM finding WHERE state = 'RESOLVED' AND resolved_at < clock_timestamp() - make_interval(days => $1)
       LIMIT $2)`,
    [RESOLVED_KEPT_DAYS, AT_ONCE],
  )
}

function preparedChange(assignments: string, condition: string) {
  return prepared(
    `WITH due AS (SELECT id FROM finding WHERE ${condition} LIMIT $1 FOR UPDATE SKIP LOCKED),
     changed AS (UPDATE finding SET ${assignments} FROM due WHERE finding.id = due.id RETURNING cluster_id)
     INSERT INTO event (kind, subject_id) SELECT DISTINCT 'FINDINGS_CHANGED', cluster_id FROM changed`,
  )
}
