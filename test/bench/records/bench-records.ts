import { placeBatch } from '@flotilla/prisma/placement/place-batch'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { startTestDatabase, type TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { createIntent } from '@flotilla/prisma/testing/test-fleet'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'
import { fillFleet, pollClusters } from './recorded-fleet.ts'

const BATCHES = 300
const GB = 1e9
const MILLION = 1e6

interface Case {
  readonly clusters: number
  readonly batchSize: number
  /** Part of the clusters that a poll has given new figures between two batches. */
  readonly polled: number
}

interface Weight {
  readonly detailBytes: number
  readonly decisionBytes: number
}

/** A tenth of the fleet is polled in a second when each has its turn every ten: 0.02 is 5 batches a second. */
const CASES: readonly Case[] = [10, 100, 1_000].flatMap((clusters) =>
  [1, 64].flatMap((batchSize) => [0.02, 1].map((polled) => ({ clusters, batchSize, polled }))),
)

/** What the records of decisions weigh on disk, indexes and TOAST included, as `pg_total_relation_size` tells. */
export async function benchRecords(rounds: number): Promise<Table> {
  const test = await startTestDatabase()
  try {
    const rows: (readonly string[])[] = []
    for (const each of CASES) rows.push(await measureCase(test, each, rounds))
    return [
      [
        'clusters',
        'volumes a batch',
        'polled between batches',
        'details of a batch, bytes',
        'details, GB per million volumes',
        'decisions, GB per million volumes',
      ],
      ...rows,
    ]
  } finally {
    await test.close()
  }
}

async function measureCase(test: TestDatabase, each: Case, rounds: number): Promise<readonly string[]> {
  const weights: Weight[] = []
  for (let round = 0; round < rounds; round++) weights.push(await weigh(test, each))
  const details = median(weights.map(({ detailBytes }) => detailBytes))
  const decisions = median(weights.map(({ decisionBytes }) => decisionBytes))
  const perMillion = (bytes: number) => ((bytes / (BATCHES * each.batchSize)) * MILLION) / GB
  return [
    String(each.clusters),
    String(each.batchSize),
    `${Math.round(100 * each.polled)} %`,
    (details / BATCHES).toFixed(0),
    perMillion(details).toFixed(2),
    perMillion(decisions).toFixed(2),
  ]
}

async function weigh(test: TestDatabase, { clusters, batchSize, polled }: Case): Promise<Weight> {
  await test.empty()
  const { database } = test
  const policies = createPolicyCache()
  await fillFleet(database.pool, clusters)
  const before = await sizes(test)
  for (let batch = 0; batch < BATCHES; batch++) {
    await pollClusters(database.pool, batch, clusters, Math.ceil(clusters * polled))
    const intents = Array.from({ length: batchSize }, () => createIntent())
    const answers = await placeBatch(database, policies, 'default', intents)
    if (answers.some(({ kind }) => kind !== 'PLACED')) throw new Error('a volume was not placed')
  }
  const after = await sizes(test)
  return {
    detailBytes: after.detailBytes - before.detailBytes,
    decisionBytes: after.decisionBytes - before.decisionBytes,
  }
}

async function sizes({ database }: TestDatabase): Promise<Weight> {
  const { rows } = await database.pool.query<{ details: bigint; decisions: bigint }>(
    `SELECT pg_total_relation_size('placement_batch') + pg_total_relation_size('placement_view') AS details,
            pg_total_relation_size('placement_decision') AS decisions`,
  )
  return { detailBytes: Number(rows[0]?.details), decisionBytes: Number(rows[0]?.decisions) }
}
