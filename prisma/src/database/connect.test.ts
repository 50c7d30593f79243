import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenStore } from '../identity/token-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet } from '../testing/test-fleet.ts'
import type { Database } from './connect.ts'

const MINUTE_MS = 60_000

let db: TestDatabase

beforeAll(async () => {
  db = await startTestDatabase()
}, 60_000)
afterAll(() => db.close())

describe.each(['America/New_York', 'Asia/Kolkata'])('with a database whose time zone is %s', (zone) => {
  let database: Database

  beforeAll(async () => {
    await db.empty()
    await db.database.pool.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''${zone}''', current_database()); END $$`,
    )
    database = db.connect()
  })

  it('a moment is the same, by whichever way it is written and read', async () => {
    const id = await createTestFleet({ ...db, database }).addCluster()
    const [capacity] = await createFleetReader(database).capacitiesByClusterIds([id])
    expect(Math.abs(Date.now() - (capacity?.observedAt.getTime() ?? 0))).toBeLessThan(MINUTE_MS)
    const mutedUntil = new Date('2030-07-01T12:00:00.000Z')
    await database.prisma.cluster.update({ where: { id }, data: { mutedUntil } })
    const { rows } = await database.pool.query('SELECT muted_until FROM cluster WHERE id = $1', [id])
    expect(rows).toEqual([{ muted_until: mutedUntil }])
  })

  it('a token ends when it is said to', async () => {
    const tokens = createTokenStore(database)
    const { token = '' } = (await tokens.makeAdminToken()) ?? {}
    const endsIn = (minutes: number) =>
      database.pool.query('UPDATE token SET expires_at = now() + make_interval(mins => $1)', [minutes])
    await endsIn(-1)
    expect(await tokens.authenticate(token)).toBeNull()
    await endsIn(1)
    expect(await tokens.authenticate(token)).toMatchObject({ role: 'ADMIN' })
  })
})
