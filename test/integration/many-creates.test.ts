import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, waitForRest } from '../testkit/volumes.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const TIB = 1n << 40n
const GIB = 1n << 30n
const CLUSTERS = 12
const VOLUMES = 2_000
const LARGEST_BYTES = 400n * GIB

interface ClusterRatio {
  readonly name: string
  readonly provisioned: number
  readonly effective: number
}

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: {
      clusters: CLUSTERS,
      capacity: { kind: 'range', minBytes: 50n * TIB, maxBytes: 2048n * TIB },
      delays: { createMs: 100 },
      seed: 7,
    },
  })
})

afterAll(() => stack?.close())

it('answers 2,000 concurrent creates, makes every volume available, and keeps the ratios together', async () => {
  const answers = await Promise.all(
    Array.from({ length: VOLUMES }, (_, index) =>
      createVolume(stack.api, {
        idempotencyKey: `many-${index}`,
        name: `many-${index}`,
        sizeBytes: String((1n + ((BigInt(index) * 7919n) % (LARGEST_BYTES / GIB))) * GIB),
        replicas: 1 + (index % 3),
      }),
    ),
  )
  for (const answer of answers) {
    expect(answer).toMatchObject({
      __typename: 'CreateVolumePayload',
      volume: { state: 'CREATING' },
      operation: { id: expect.stringMatching(/^op_/) },
    })
    expect(answer.decision?.verdicts).toHaveLength(CLUSTERS)
    expect(answer.volume?.cluster.name).toBe(answer.decision?.cluster?.name)
  }

  await waitForRest(stack)
  const { rows } = await stack.sql.query('SELECT state, count(*) FROM volume GROUP BY state')
  expect(rows).toEqual([{ state: 'AVAILABLE', count: BigInt(VOLUMES) }])
  expect(await checkFleet(stack)).toEqual([])
  const passedOver = new Set(
    answers.flatMap(({ decision }) =>
      (decision?.verdicts ?? []).flatMap(({ clusterName, rejection }) => (rejection ? [clusterName] : [])),
    ),
  )
  expect(passedOver.size).toBeLessThan(CLUSTERS / 2)
  expect(worstLag(await readRatios(), passedOver)).toBeLessThanOrEqual(1)
})

/**
 * The bound of placing by projected ratio, without deletions: r_max - r_j <= v / C_j for every cluster j that always
 * qualified (measured.md; on a busy machine a cluster can miss its polls for a while, and may then lag). Answers the
 * largest left side as a multiple of the right one.
 */
function worstLag(clusters: readonly ClusterRatio[], passedOver: ReadonlySet<string>): number {
  const highest = Math.max(...clusters.map(({ provisioned, effective }) => provisioned / effective))
  const largest = Number(LARGEST_BYTES * 3n)
  const lags = clusters
    .filter(({ name }) => !passedOver.has(name))
    .map(({ provisioned, effective }) => (highest - provisioned / effective) / (largest / effective))
  return Math.max(...lags)
}

async function readRatios(): Promise<ClusterRatio[]> {
  const { rows } = await stack.sql.query<ClusterRatio>(
    `SELECT name, provisioned_bytes::float8 AS provisioned, effective_bytes::float8 AS effective
     FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id`,
  )
  return rows
}
