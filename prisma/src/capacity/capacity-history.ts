import type { CapacitySample, SampledFigure, SeriesPoint } from '@flotilla/core/capacity/capacity-sample'
import { type CapacityResolution, DAY_MS } from '@flotilla/core/capacity/resolution'
import { InvalidInputError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { CapacityHistoryReader } from '@flotilla/core/ports/capacity-history'
import type pg from 'pg'

const FIGURES = ['promised', 'written', 'effective', 'free'] as const
const ENDS = ['min', 'max', 'last'] as const

/** Sums of 64-bit figures may exceed 64 bits, so they come as text. */
const SUMS = FIGURES.flatMap((figure) =>
  ENDS.map((end) => `sum(${figure}_${end})::text AS ${figure}_${end}`),
).join(', ')

type Sums = Record<`${(typeof FIGURES)[number]}_${(typeof ENDS)[number]}`, string>

interface SampleRow extends Sums {
  at: Date
  observed_at: Date
  cluster_count: number
}

/** So many days are enough to forecast by days. */
const ENOUGH_DAYS = 14
const BY_DAYS_MS = 60 * DAY_MS
const BY_HOURS_MS = 14 * DAY_MS

export function createCapacityHistory(pool: pg.Pool): CapacityHistoryReader {
  return {
    async capacityHistory(clusterId, { from, to, resolution }, { first, after }) {
      const members = clusterId
        ? 'cluster_id = $4'
        : '$4::text IS NULL AND cluster_id IN (SELECT id FROM cluster WHERE detached_at IS NULL)'
      const where = `resolution = $1 AND bucket_at >= $2 AND bucket_at < $3 AND ${members}`
      const range = [resolution, from, to, clusterId]
      const behind = after === null ? null : readCursor(after)
      const [page, count] = await Promise.all([
        pool.query<SampleRow>(
          `SELECT bucket_at AS at, max(observed_at) AS observed_at, count(*)::int AS cluster_count, ${SUMS}
           FROM capacity_sample WHERE ${where} AND bucket_at > coalesce($5, '-infinity'::timestamptz)
           GROUP BY bucket_at ORDER BY bucket_at LIMIT $6`,
          [...range, behind, first + 1],
        ),
        pool.query<{ count: number }>(
          `SELECT count(DISTINCT bucket_at)::int AS count FROM capacity_sample WHERE ${where}`,
          range,
        ),
      ])
      const shown = page.rows.slice(0, first)
      return {
        items: shown.map(toSample),
        cursors: shown.map(({ at }) => Buffer.from(`capacity:${at.getTime()}`).toString('base64url')),
        hasNextPage: page.rows.length > first,
        totalCount: count.rows[0]?.count ?? 0,
      }
    },

    async capacitySeriesByClusterIds(ids) {
      const byDays = await readSeries(pool, ids, 'DAY', BY_DAYS_MS)
      const young = ids.filter((id) => (byDays.get(id)?.length ?? 0) < ENOUGH_DAYS)
      const byHours = young.length > 0 ? await readSeries(pool, young, 'HOUR', BY_HOURS_MS) : byDays
      const isYoung = new Set(young)
      return ids.map((id) => (isYoung.has(id) ? byHours : byDays).get(id) ?? [])
    },
  }
}

/** Of one resolution at a time: joined cluster by cluster, the planner may read everybody's samples for each of them. */
async function readSeries(
  pool: pg.Pool,
  ids: readonly ClusterId[],
  resolution: CapacityResolution,
  reachMs: number,
): Promise<ReadonlyMap<ClusterId, readonly SeriesPoint[]>> {
  const { rows } = await pool.query<{ id: ClusterId; at: Date; promised: bigint; written: bigint }>(
    `SELECT cluster_id AS id, observed_at AS at, promised_last AS promised, written_last AS written
     FROM capacity_sample
     WHERE resolution = $1 AND bucket_at >= statement_timestamp() - make_interval(secs => $2) AND cluster_id = ANY ($3)
     ORDER BY bucket_at`,
    [resolution, reachMs / 1_000, ids],
  )
  const series = new Map<ClusterId, SeriesPoint[]>()
  for (const { id, at, promised, written } of rows) {
    const point = { atMs: at.getTime(), promisedBytes: promised, writtenBytes: written }
    const points = series.get(id)
    if (points) points.push(point)
    else series.set(id, [point])
  }
  return series
}

function toSample(row: SampleRow): CapacitySample {
  const figure = (name: (typeof FIGURES)[number]): SampledFigure => ({
    minBytes: BigInt(row[`${name}_min`]),
    maxBytes: BigInt(row[`${name}_max`]),
    lastBytes: BigInt(row[`${name}_last`]),
  })
  return {
    at: row.at,
    observedAt: row.observed_at,
    clusterCount: row.cluster_count,
    promised: figure('promised'),
    written: figure('written'),
    effective: figure('effective'),
    free: figure('free'),
  }
}

function readCursor(cursor: string): Date {
  const [, time] = /^capacity:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (time !== undefined) return new Date(Number(time))
  throw new InvalidInputError([
    { path: ['after'], message: 'is no cursor of this list', allowed: 'an endCursor of an earlier page' },
  ])
}
