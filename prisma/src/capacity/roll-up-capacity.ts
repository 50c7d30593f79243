import { type CapacityResolution, RESOLUTION_RULES } from '@flotilla/core/capacity/resolution'
import type pg from 'pg'
import { holdMark, setMark } from '../database/hold-mark.ts'
import { inTransaction } from '../database/transaction.ts'

const FINER = { HOUR: 'FIVE_MINUTES', DAY: 'HOUR' } as const satisfies Partial<
  Record<CapacityResolution, CapacityResolution>
>
/** After the end of an hour its last sample may still be on its way. */
const GRACE_MS = 600_000

/**
 * One step: the samples of the next hour (or day) that is over become one for each cluster. A step reads twelve (or 24)
 * rows of each cluster and writes one; the mark and the samples are written together, so none is counted twice.
 *
 * @returns whether there may be more to do
 */
export function rollUpCapacity(pool: pg.Pool, resolution: keyof typeof FINER): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const name = `capacity.${resolution}`
    const mark = await holdMark(client, name)
    if (!mark) return false
    const bucket = await nextBucket(client, resolution, mark.at)
    if (!bucket) return false
    await client.query(
      `INSERT INTO capacity_sample
       SELECT cluster_id, $1, $2::timestamptz, max(observed_at),
              min(promised_min), max(promised_max), (array_agg(promised_last ORDER BY bucket_at DESC))[1],
              min(written_min), max(written_max), (array_agg(written_last ORDER BY bucket_at DESC))[1],
              min(effective_min), max(effective_max), (array_agg(effective_last ORDER BY bucket_at DESC))[1],
              min(free_min), max(free_max), (array_agg(free_last ORDER BY bucket_at DESC))[1]
       FROM capacity_sample WHERE resolution = $3 AND bucket_at >= $2 AND bucket_at < $4 GROUP BY cluster_id
       ON CONFLICT DO NOTHING`,
      [resolution, bucket.begin, FINER[resolution], bucket.end],
    )
    await setMark(client, name, bucket.end)
    return true
  })
}

/** The first one after the mark that has samples, when it is over and all of them are there; times without any are passed over at once. */
async function nextBucket(
  client: pg.ClientBase,
  resolution: keyof typeof FINER,
  after: Date | null,
): Promise<{ begin: Date; end: Date } | null> {
  const { widthMs } = RESOLUTION_RULES[resolution]
  const { rows } = await client.query<{ begin: Date | null; now: Date }>(
    `SELECT date_bin(make_interval(secs => $1), min(bucket_at), 'epoch') AS begin, clock_timestamp() AS now
     FROM capacity_sample WHERE resolution = $2 AND bucket_at >= coalesce($3, '-infinity'::timestamptz)`,
    [widthMs / 1_000, FINER[resolution], after],
  )
  const { begin = null, now = null } = rows[0] ?? {}
  if (!begin || !now) return null
  const end = new Date(begin.getTime() + widthMs)
  if (end.getTime() + GRACE_MS > now.getTime()) return null
  return resolution === 'DAY' && (await isHourOwed(client, end)) ? null : { begin, end }
}

/** Whether there are samples before this time that are part of no hour yet: another worker may be at it, or none has got there. */
async function isHourOwed(client: pg.ClientBase, before: Date): Promise<boolean> {
  const { rows } = await client.query<{ is_owed: boolean }>(
    `SELECT EXISTS (SELECT FROM capacity_sample WHERE resolution = $1 AND bucket_at < $2
       AND bucket_at >= coalesce((SELECT at FROM sweep_mark WHERE name = 'capacity.HOUR'), '-infinity')) AS is_owed`,
    [FINER.HOUR, before],
  )
  return rows[0]?.is_owed ?? true
}
