import { deepStrictEqual } from 'node:assert'
import type { CreateIntent } from '@flotilla/core/placement/placement-intent'
import type { Database } from '@flotilla/prisma/database/connect'
import { createGroupPlacement } from '@flotilla/prisma/placement/group-placement'
import { placeBatch } from '@flotilla/prisma/placement/place-batch'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { createPolicyStore } from '@flotilla/prisma/policies/policy-store'
import { createFleetReader } from '@flotilla/prisma/reader/fleet-reader'
import { startTestDatabase, type TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { createIntent, createTestFleet, newOperation, TIB } from '@flotilla/prisma/testing/test-fleet'
import { functionTable } from '../profile/function-table.ts'
import { profileHere } from '../profile/profile-here.ts'
import { readStatements, resetStatements, statementTable } from '../profile/statement-counts.ts'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'
import { batchTimes } from './batch-times.ts'
import { recordWrites, replayWrites, type WriteRecorder } from './record-writes.ts'
import { startCountingPostgres } from './start-counting-postgres.ts'

const CLUSTERS = 100
const CALLERS = 64
const VOLUMES = 6_400
const VOLUMES_ONE_BY_ONE = 640

/** The fleet is observed once, before everything. */
const POLICY = { name: 'default', limits: { maxObservationAgeMs: 3_600_000 } }
const policies = createPolicyCache()

interface Round {
  readonly oneByOne: number
  readonly group: number
  readonly raw: number
  readonly batchSize: number
}

/**
 * Committed placements per second on an embedded PostgreSQL, 64 callers at a time, on 100 clusters.
 *
 * @param show told what the time of a batch goes to, of a further run after all rounds; PostgreSQL counts its statements in all of them then
 */
export async function benchDurable(rounds: number, show?: (table: Table) => void): Promise<Table> {
  const test = await startTestDatabase(show && startCountingPostgres)
  try {
    await createPolicyStore(test.database, test.bus).update(POLICY, null, newOperation())
    const fleet = createTestFleet(test)
    for (let index = 0; index < CLUSTERS; index++) {
      const effectiveBytes = BigInt(50 + 20 * index) * TIB
      await fleet.addCluster({ effectiveBytes, freeBytes: effectiveBytes })
    }
    await measure(test)
    const results: Round[] = []
    for (let round = 0; round < rounds; round++) results.push(await measure(test))
    if (show) for (const table of await profileGroup(test)) show(table)
    return toTable(results)
  } finally {
    await test.close()
  }
}

async function measure(test: TestDatabase): Promise<Round> {
  await forgetVolumes(test)
  const oneByOne = await perSecond(VOLUMES_ONE_BY_ONE, () =>
    callers(VOLUMES_ONE_BY_ONE, (intent) => placeAlone(test.database, intent)),
  )
  await forgetVolumes(test)
  const { recorder, placeAll } = recordedGroup(test)
  const group = await perSecond(VOLUMES, placeAll)
  const written = await countWritten(test)
  await forgetVolumes(test)
  const raw = await perSecond(VOLUMES, () => replayWrites(test.database.pool, recorder))
  deepStrictEqual(await countWritten(test), written)
  return { oneByOne, group, raw, batchSize: VOLUMES / recorder.transactions.length }
}

/** Our engine on connections of its own, whose writes are noted. */
function recordedGroup(test: TestDatabase): { recorder: WriteRecorder; placeAll: () => Promise<void> } {
  const database = test.connect()
  const recorder = recordWrites(database.pool)
  const ledger = createGroupPlacement(database, createFleetReader(database), policies, test.bus)
  return { recorder, placeAll: () => callers(VOLUMES, (intent) => ledger.place(intent)) }
}

async function profileGroup(test: TestDatabase): Promise<readonly Table[]> {
  await forgetVolumes(test)
  const { recorder, placeAll } = recordedGroup(test)
  await resetStatements(test.database.pool)
  let wallMs = 0
  const packages = await profileHere(async () => {
    const startedAt = performance.now()
    await placeAll()
    wallMs = performance.now() - startedAt
  })
  const statements = await readStatements(test.database.pool)
  const times = {
    batches: recorder.transactions.length,
    wallMs,
    processMs: packages.reduce((sum, { us }) => sum + us, 0) / 1_000,
    statementsMs: statements.reduce((sum, { ms }) => sum + ms, 0),
    commitsMs: recorder.commitsMs,
  }
  return [
    batchTimes(times),
    statementTable(statements, VOLUMES),
    functionTable('the process', packages, VOLUMES),
  ]
}

/** Everything but the fleet, whose ledger begins at zero again. */
async function forgetVolumes({ database }: TestDatabase): Promise<void> {
  await database.pool.query(
    'TRUNCATE attachment, volume, operation, placement_batch, placement_view, placement_decision, event CASCADE',
  )
  await database.pool.query('UPDATE cluster_capacity SET pending_bytes = 0')
  await database.pool.query('VACUUM cluster_capacity')
}

/** That both have done the same work. */
async function countWritten({ database }: TestDatabase): Promise<unknown> {
  const { rows } = await database.pool.query(
    `SELECT (SELECT count(*) FROM volume) AS volumes, (SELECT count(*) FROM operation) AS operations,
            (SELECT count(*) FROM placement_decision) AS decisions, (SELECT count(*) FROM event) AS events,
            (SELECT sum(pending_bytes) FROM cluster_capacity) AS pending_bytes`,
  )
  return rows[0]
}

async function callers(volumes: number, place: (intent: CreateIntent) => Promise<unknown>): Promise<void> {
  let left = volumes
  const call = async (): Promise<void> => {
    while (left-- > 0) await place(createIntent())
  }
  await Promise.all(Array.from({ length: CALLERS }, call))
}

async function placeAlone(database: Database, intent: CreateIntent): Promise<void> {
  const [answer] = await placeBatch(database, policies, POLICY.name, [intent])
  if (answer?.kind !== 'PLACED') throw new Error(`was not placed: ${answer?.kind}`)
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (count * 1000) / (performance.now() - startedAt)
}

function toTable(results: readonly Round[]): Table {
  const of = (read: (round: Round) => number) => median(results.map(read))
  const group = of((each) => each.group)
  return [
    ['placements', 'per second', 'our engine is'],
    ['our engine, group commit', group.toFixed(0), ''],
    [
      '(a) one transaction per volume',
      of((each) => each.oneByOne).toFixed(0),
      `${of((each) => each.group / each.oneByOne).toFixed(1)} x`,
    ],
    [
      '(b) the same rows, raw and pipelined, in the same batches',
      of((each) => each.raw).toFixed(0),
      `${(100 * of((each) => each.group / each.raw)).toFixed(0)} %`,
    ],
    ['volumes in a batch, mean', of((each) => each.batchSize).toFixed(1), ''],
  ]
}
