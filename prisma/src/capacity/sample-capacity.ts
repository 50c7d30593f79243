import { RESOLUTION_RULES } from '@flotilla/core/capacity/resolution'
import type pg from 'pg'

/**
 * Notes the ledger's figures of every member, the first that was measured in each five minutes, in one statement for the
 * whole fleet; polls write nothing more for it. Where nothing new was measured there is no sample. Several may run at once.
 *
 * @returns how many samples it made
 */
export async function sampleCapacity(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `INSERT INTO capacity_sample
     SELECT cluster_id, 'FIVE_MINUTES', bucket_at, observed_at, promised, promised, promised, written, written, written,
            effective, effective, effective, free, free, free
     FROM (SELECT cluster_id, observed_at, date_bin(make_interval(secs => $1), observed_at, 'epoch') AS bucket_at,
                  provisioned_bytes + pending_bytes AS promised, used_bytes AS written, effective_bytes AS effective,
                  free_bytes AS free
           FROM cluster_capacity) AS figures
     WHERE NOT EXISTS (SELECT FROM capacity_sample AS known WHERE known.cluster_id = figures.cluster_id
                         AND known.resolution = 'FIVE_MINUTES' AND known.bucket_at = figures.bucket_at)
       -- A cluster that has been away for long is not sampled anew each time its old samples are removed.
       AND observed_at > statement_timestamp() - make_interval(secs => $2)
     ON CONFLICT DO NOTHING`,
    [RESOLUTION_RULES.FIVE_MINUTES.widthMs / 1_000, RESOLUTION_RULES.HOUR.widthMs / 1_000],
  )
  return rowCount ?? 0
}
