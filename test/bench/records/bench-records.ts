import { placeBatch } from '@flotilla/prisma/placement/place-batch'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { startTestDatabase, type TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { createIntent } from '@flotilla/prisma/testing/test-fleet'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'
import { createPlainRecords, writePlainRecords } from './plain-records.ts'
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
  /** Of the yardsticks: one fleet for each batch, and the verdicts of one decision of each. */
  readonly fleetBytes: number
  readonly verdictBytes: number
}

/** A tenth of the fleet is polled in a second when each has its turn every ten: 0.02 is 5 batches a second. */
const CASES: readonly Case[] = [10, 100, 1_000].flatMap((clusters) =>
  [1, 64].flatMap((batchSize) => [0.02, 1].map((polled) => ({ clusters, batchSize, polled }))),
)

/**
 * What the records of decisions weigh on disk, indexes and TOAST included, as `pg_total_relation_size` tells, beside the
 * same kept plainly in the same run: the whole fleet for each batch, or every cluster's verdict for each decision.
 */
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
        'a fleet for each batch, GB per million',
        'verdicts for each decision, GB per million',
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
  const middle = (of: keyof Weight) => median(weights.map((weight) => weight[of]))
  const perMillion = (bytes: number, volumes = each.batchSize) =>
    (((bytes / (BATCHES * volumes)) * MILLION) / GB).toFixed(2)
  return [
    String(each.clusters),
    String(each.batchSize),
    `${Math.round(100 * each.polled)} %`,
    (middle('detailBytes') / BATCHES).toFixed(0),
    perMillion(middle('detailBytes')),
    perMillion(middle('decisionBytes')),
    perMillion(middle('fleetBytes')),
    perMillion(middle('verdictBytes'), 1),
  ]
}

async function weigh(test: TestDatabase, { clusters, batchSize, polled }: Case): Promise<Weight> {
  await test.empty()
  const { database } = test
  const policies = createPolicyCache()
  await fillFleet(database.pool, clusters)
  await createPlainRecords(database)
  const before = await sizes(test)
  for (let batch = 0; batch < BATCHES; batch++) {
    await pollClusters(database.pool, batch, clusters, Math.ceil(clusters * polled))
    const intents = Array.from({ length: batchSize }, () => createIntent())
    const answers = await placeBatch(database, policies, 'default', intents)
    const [first] = answers
    if (first?.kind !== 'PLACED' || answers.some(({ kind }) => kind !== 'PLACED')) {
      throw new Error('a volume was not placed')
    }
    await writePlainRecords(database, first.placed.decision)
  }
  const after = await sizes(test)
  return {
    detailBytes: after.detailBytes - before.detailBytes,
    decisionBytes: after.decisionBytes - before.decisionBytes,
    fleetBytes: after.fleetBytes - before.fleetBytes,
    verdictBytes: after.verdictBytes - before.verdictBytes,
  }
}

async function sizes({ database }: TestDatabase): Promise<Weight> {
  const { rows } = await database.pool.query<Record<keyof Weight, bigint>>(
    `SELECT pg_total_relation_size('placement_batch') + pg_total_relation_size('placement_view') AS "detailBytes",
            pg_total_relation_size('placement_decision') AS "decisionBytes",
            pg_total_relation_size('plain_fleet') AS "fleetBytes",
            pg_total_relation_size('plain_verdicts') AS "verdictBytes"`,
  )
  const sizeOf = (of: keyof Weight) => Number(rows[0]?.[of])
  return {
    detailBytes: sizeOf('detailBytes'),
    decisionBytes: sizeOf('decisionBytes'),
    fleetBytes: sizeOf('fleetBytes'),
    verdictBytes: sizeOf('verdictBytes'),
  }
}
