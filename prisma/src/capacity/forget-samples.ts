import { type CapacityResolution, RESOLUTION_RULES } from '@flotilla/core/capacity/resolution'
import type pg from 'pg'

/** So few that no statement holds anything for long; whoever has more to forget calls again. */
const AT_MOST = 5_000

/** The mark up to which samples have been rolled up; those that nothing is made of have none. */
const ROLLED_UP_BY: Readonly<Record<CapacityResolution, string | null>> = {
  FIVE_MINUTES: 'capacity.HOUR',
  HOUR: 'capacity.DAY',
  DAY: null,
}

/**
 * Removes samples that are older than their resolution is kept, never before they are part of a coarser one.
 *
 * @returns whether there may be more
 */
export async function forgetSamples(
  pool: pg.Pool,
  resolution: CapacityResolution,
  atMost = AT_MOST,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `DELETE FROM capacity_sample WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM capacity_sample
       WHERE resolution = $1 AND bucket_at < statement_timestamp() - make_interval(secs => $2)
         AND ($3::text IS NULL OR bucket_at < (SELECT at FROM sweep_mark WHERE name = $3))
       ORDER BY bucket_at LIMIT $4 FOR UPDATE SKIP LOCKED))`,
    [resolution, RESOLUTION_RULES[resolution].keptMs / 1_000, ROLLED_UP_BY[resolution], atMost],
  )
  return rowCount === atMost
}
