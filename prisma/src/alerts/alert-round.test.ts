import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, foreignVolume, newOperation, type TestFleet, TIB } from '../testing/test-fleet.ts'
import { runAlertRound } from './alert-round.ts'

const THRESHOLDS = {
  promisedShare: { numerator: 9n, denominator: 10n },
  writtenShare: { numerator: 9n, denominator: 10n },
  hysteresis: { numerator: 5n, denominator: 100n },
  forecastDays: 30,
  tokenExpiryDays: 14,
  clearAfterMs: 0,
}
const NEWEST = { first: 200, after: null, orderBy: { field: 'RAISED_AT', direction: 'DESC' } } as const
/** Of 15 TiB that may be promised on 10. */
const FULL = [foreignVolume('full', { sizeBytes: 14n * TIB, replicas: 1 })]

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

const round = (database = db.database, clearAfterMs = 0) =>
  runAlertRound(database, fleet.policies, { ...THRESHOLDS, clearAfterMs }, 0)

async function alerts(isOpen?: boolean) {
  const where = isOpen === undefined ? {} : { isOpen }
  return (await createFleetReader(db.database).listAlerts(where, NEWEST)).items
}

async function alertEvents(): Promise<number> {
  const { rows } = await db.database.pool.query<{ count: bigint }>(
    `SELECT count(*) FROM event WHERE kind = 'ALERT_CHANGED'`,
  )
  return Number(rows[0]?.count)
}

test('one cause raises one alert with one event, however many workers evaluate at once', async () => {
  const id = await fleet.addCluster()
  await fleet.observe(id, FULL)
  const workers = [1, 2, 3, 4].map(() => db.connect())
  await Promise.all(workers.map((database) => round(database)))
  for (const database of workers) await round(database)
  expect(await alerts()).toMatchObject([
    { kind: 'NEAR_FULL_PROMISED', severity: 'WARNING', clusterId: id, clearedAt: null },
  ])
  expect(await alertEvents()).toBe(1)
})

test('a second open alert of the same cause is impossible, even past the evaluation', async () => {
  await fleet.observe(await fleet.addCluster(), FULL)
  await round()
  await expect(
    db.database.pool.query(
      `INSERT INTO alert SELECT id || 'x', kind, cluster_id, severity, message, now(), now() FROM alert`,
    ),
  ).rejects.toThrow(/alert_open/)
})

test('it is cleared after the quiet time with one more event, and may be raised anew', async () => {
  const id = await fleet.addCluster()
  await fleet.observe(id, FULL)
  await round()
  await fleet.observe(id, [])
  expect(await round(db.database, 60_000)).toBe(false)
  expect(await alerts(true)).toMatchObject([{ quietSince: expect.any(Date) }])
  await fleet.observe(id, FULL)
  await round(db.database, 60_000)
  expect(await alerts(true)).toMatchObject([{ quietSince: null }])
  await fleet.observe(id, [])
  expect(await round()).toBe(true)
  expect(await alerts(true)).toEqual([])
  expect(await alerts(false)).toMatchObject([{ clearedAt: expect.any(Date) }])
  expect(await alertEvents()).toBe(2)
  await fleet.observe(id, FULL)
  await round()
  expect(await alerts(true)).toHaveLength(1)
  expect(await alerts()).toHaveLength(2)
})

test('none is raised in maintenance, and all go with their cluster', async () => {
  const id = await fleet.addCluster()
  await fleet.observe(id, FULL)
  await fleet.clusters.update(id, { mutedUntil: new Date(Date.now() + 60_000) }, null, newOperation())
  expect(await round()).toBe(false)
  await fleet.clusters.update(id, { mutedUntil: new Date(0) }, null, newOperation())
  expect(await round()).toBe(true)
  await fleet.clusters.detach(id, newOperation())
  await round()
  expect(await alerts(true)).toEqual([])
})

test('an inventory that differs from the report on two polls running raises an alert, until they agree', async () => {
  const id = await fleet.addCluster()
  const listed = [foreignVolume('listed', { sizeBytes: TIB, replicas: 1 })]
  await fleet.observe(id, listed, { provisionedBytes: 3n * TIB })
  await round()
  expect(await alerts(true)).toEqual([])
  await fleet.observe(id, listed, { provisionedBytes: 3n * TIB })
  await round()
  expect(await alerts(true)).toMatchObject([
    {
      kind: 'INVENTORY_MISMATCH',
      message: expect.stringMatching(/^reports 3\.00 TiB .* counts, 3\.00 TiB$/),
    },
  ])
  await fleet.observe(id, listed, { provisionedBytes: TIB })
  await round()
  await round()
  expect(await alerts(true)).toEqual([])
})

test('a forecast raises an alert from the samples, with the days', async () => {
  const id = await fleet.addCluster()
  await db.database.pool.query(
    `INSERT INTO capacity_sample
     SELECT $1, 'DAY', at, at, $2::bigint * n, $2 * n, $2 * n, 0, 0, 0, 1, 1, 1, 1, 1, 1
     FROM generate_series(0, 29) AS n, LATERAL (SELECT date_trunc('day', now()) - make_interval(days => 30 - n::int) AS at) AS day`,
    [id, TIB],
  )
  await round()
  expect(await alerts(true)).toMatchObject([
    { kind: 'FORECAST_PROMISED', message: expect.stringMatching(/in 15\.0 days/) },
  ])
})

test('open findings are counted by their kind, and no others', async () => {
  const id = await fleet.addCluster()
  await db.database.pool.query(
    `INSERT INTO finding (id, cluster_id, kind, subject, name, state)
     SELECT 'fnd_' || n, $1, kind, n, n, state
     FROM unnest(ARRAY['FOREIGN', 'FOREIGN', 'CHANGED', 'MISSING', 'MISSING'],
                 ARRAY['OPEN', 'OPEN', 'OPEN', 'IGNORED', 'RESOLVED']) WITH ORDINALITY AS finding (kind, state, n)`,
    [id],
  )
  await round()
  expect(await alerts(true)).toMatchObject([
    { kind: 'FINDINGS_OPEN', severity: 'WARNING', message: expect.stringMatching(/: 2 FOREIGN, 1 CHANGED$/) },
  ])
})

test('a token says by itself when it expires, at registration and when it is changed', async () => {
  const id = await fleet.addCluster()
  const soon = Math.floor(Date.now() / 1_000) + 86_400
  const token = `e30.${Buffer.from(JSON.stringify({ exp: soon })).toString('base64url')}.c2ln`
  await fleet.clusters.update(id, { credential: { token } }, null, newOperation())
  await round()
  expect(await alerts(true)).toMatchObject([{ kind: 'TOKEN_EXPIRING' }])
  await fleet.clusters.update(id, { credential: { token: 'opaque' } }, null, newOperation())
  await round()
  expect(await alerts(true)).toEqual([])
})

test('an evaluation before its time does nothing', async () => {
  const id = await fleet.addCluster()
  await round()
  await fleet.observe(id, FULL)
  expect(await runAlertRound(db.database, fleet.policies, THRESHOLDS, 60_000)).toBe(false)
  expect(await alerts()).toEqual([])
})

test('of cleared alerts the newest 200 of a cluster are kept', async () => {
  const id = await fleet.addCluster()
  await db.database.pool.query(
    `INSERT INTO alert SELECT 'alr_' || n, 'STALE', $1, 'CRITICAL', '', moment, moment, NULL, moment
     FROM generate_series(1, 300) AS n, LATERAL (SELECT now() - make_interval(secs => n) AS moment) AS at`,
    [id],
  )
  await fleet.observe(id, FULL)
  await round()
  await fleet.observe(id, [])
  await round()
  const left = await alerts()
  expect(left).toHaveLength(200)
  expect(left[0]).toMatchObject({ kind: 'NEAR_FULL_PROMISED' })
})
