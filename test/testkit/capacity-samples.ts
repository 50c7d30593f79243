import type { Stack } from './stack.ts'

const WIDTH_SECONDS = { FIVE_MINUTES: 300, HOUR: 3_600, DAY: 86_400 } as const

/** A past that no test can wait for. */
export interface SampledPast {
  readonly resolution: keyof typeof WIDTH_SECONDS
  /** The end of the last sample: a whole multiple of the width since 1970. */
  readonly endsAt: Date
  readonly count: number
  /** In the first sample there is none of either, in each further one so much more. */
  readonly promisedStep: bigint
  readonly writtenStep: bigint
  /** 100 TiB unless given; what is not written is free. */
  readonly effectiveBytes?: bigint
}

/** Writes what a cluster's figures would have been. Replaces samples of the same time. */
export async function addSamples(
  { sql }: Pick<Stack, 'sql'>,
  clusterId: string,
  { resolution, endsAt, count, promisedStep, writtenStep, effectiveBytes = 100n << 40n }: SampledPast,
): Promise<void> {
  const width = WIDTH_SECONDS[resolution]
  const span = [clusterId, resolution, endsAt, count, width]
  await sql.query(
    `DELETE FROM capacity_sample WHERE cluster_id = $1 AND resolution = $2 AND bucket_at < $3
       AND bucket_at >= $3::timestamptz - make_interval(secs => $4::int * $5::float8)`,
    span,
  )
  await sql.query(
    `INSERT INTO capacity_sample
     SELECT $1, $2, at, at + make_interval(secs => $5::float8 - 1), promised, promised, promised, written, written, written,
            effective, effective, effective, effective - written, effective - written, effective - written
     FROM (SELECT $3::timestamptz - make_interval(secs => ($4 - n) * $5::float8) AS at, n * $6::bigint AS promised,
                  n * $7::bigint AS written, $8::bigint AS effective
           FROM generate_series(0, $4::int - 1) AS n) AS past`,
    [...span, promisedStep, writtenStep, effectiveBytes],
  )
}
