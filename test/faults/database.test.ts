import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TAKE_PLACEMENT_LOCK } from '@flotilla/prisma/placement/placement-lock'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GraphQLAnswer } from '../testkit/api-client.ts'
import type { FaultProxy } from '../testkit/fault-proxy.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkAtRest } from './check-at-rest.ts'

/** A batch of placements is tried eight times; the rest is for races that are real. */
const IN_A_ROW = 5

/** As many as some row below sends at once. */
const MAX_WAITING = 20
const SHORT_QUEUE = {
  module: 'prisma/src/placement/group-placement.ts',
  find: 'const MAX_WAITING = 10_000',
  replace: `const MAX_WAITING = ${MAX_WAITING}`,
}

let stack: Stack
let proxy: FaultProxy

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, seed: 29 },
    proxied: { database: true },
    env: patchedEnv([...SHORT_LEASES, SHORT_QUEUE]),
  })
  if (!stack.databaseProxy) throw new Error('a proxy was asked for')
  proxy = stack.databaseProxy
})

afterAll(() => stack?.close())

test('P1: an answer to COMMIT that is lost leaves the outcome open, and the same key tells it', async () => {
  proxy.setToxics('up', { kind: 'cutAfter', text: 'COMMIT' })
  expectUnavailable(await send('lost-commit'))
  await proxy.heal()
  const [row] = await rowsOf('lost-commit')
  expect(row).toBeDefined()
  expect(await insist('lost-commit')).toBe(row?.id)
  expect(await rowsOf('lost-commit')).toHaveLength(1)
})

test('P1: connections that are cut before the commit leave nothing, and the same key makes one volume', async () => {
  const release = await holdPlacementLock()
  const cut = send('cut')
  await waitUntil('the request to stand at the lock', async () => {
    const { rows } = await stack.sql.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
    )
    return rows.length > 0
  })
  proxy.cutAll()
  expectUnavailable(await cut)
  await release()
  expect(await rowsOf('cut')).toEqual([])
  const id = await insist('cut')
  expect(await rowsOf('cut')).toMatchObject([{ id }])
})

test('P1: while somebody keeps the placement lock, who waits too long or finds the queue full is told when to come again, and the same key makes one volume', async () => {
  const release = await holdPlacementLock()
  const keys = Array.from({ length: MAX_WAITING + 10 }, (_, number) => `overloaded-${number}`)
  const told = await Promise.all(
    keys.map(async (key) => {
      const { data, errors } = await send(key)
      expect(data?.createVolume, JSON.stringify(errors)).toMatchObject({
        __typename: 'OverloadedError',
        code: 'OVERLOADED',
      })
      expect(data?.createVolume.retryAfterMs).toBeGreaterThan(0)
      return { key, message: data?.createVolume.message ?? '' }
    }),
  )
  const tooLong = told.filter(({ message }) => /has waited \d+ ms.*nothing was stored/.test(message))
  const full = told.filter(({ message }) => /too many requests are waiting/.test(message))
  expect(tooLong.length + full.length).toBe(keys.length)
  await release()
  expect((await stack.sql.query(`SELECT 1 FROM volume WHERE name LIKE 'overloaded-%'`)).rows).toEqual([])
  for (const first of [tooLong[0], full[0]]) {
    const key = first?.key ?? expect.fail('one was told so')
    const id = await insist(key)
    expect(await insist(key)).toBe(id)
    expect(await rowsOf(key)).toEqual([{ id }])
  }
})

test('P1: while the database is restarted nothing is acknowledged that is not there afterwards', async () => {
  const asking = Array.from({ length: 20 }, (_, number) => insist(`restart-${number}`))
  await stack.restartDatabase()
  const ids = await Promise.all(asking)
  const { rows } = await stack.sql.query<{ id: string }>(`SELECT id FROM volume WHERE name LIKE 'restart-%'`)
  expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort())
})

test('P1: a database that takes connections and says nothing: queries and changes are answered in bounded time', async () => {
  await proxy.setMode('silent')
  const [query, change] = await Promise.all([timed(read), timed(() => send('silent'))])
  // A connection is waited for 10 s, a placement that gets nowhere 5 s.
  for (const { answer, tookMs } of [query, change]) {
    expectUnavailable(answer)
    expect(tookMs).toBeLessThan(20_000)
  }
  await proxy.heal()
  await insist('silent')
})

test('P1: no connection left: the server says so at once, and goes on when there is one', async () => {
  await proxy.setMode('refused')
  const fillers = await takeAllConnections()
  await proxy.setMode('open')
  const { answer, tookMs } = await timed(() => send('crowded'))
  expectUnavailable(answer)
  expect(tookMs).toBeLessThan(12_000)
  await Promise.all(fillers.map((each) => each.end()))
  await insist('crowded')
})

test('P1: no space on the disk: refused as a whole, and done when there is some', async () => {
  // As PostgreSQL reports it when it cannot extend a file.
  await raiseAt(
    'INSERT',
    "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';",
  )
  expectUnavailable(await send('no-space'))
  expect(await rowsOf('no-space')).toEqual([])
  await stack.sql.query('DROP TRIGGER fault ON volume')
  await insist('no-space')
})

test('P2: five deadlocks or serialization failures in a row are the server’s own affair: asked once, answered', async () => {
  // Figures that are young now are young enough for the few requests that follow.
  await insist('p2-before')
  await stack.sql.query('CREATE SEQUENCE insert_number')
  await raiseAt(
    'INSERT',
    `IF nextval('insert_number') % ${IN_A_ROW + 1} <> 0 THEN
       RAISE EXCEPTION 'injected' USING ERRCODE = CASE currval('insert_number') % 2 WHEN 0 THEN '40001' ELSE '40P01' END;
     END IF;`,
  )
  const names = [1, 2, 3, 4].map((number) => `p2-once-${number}`)
  for (const name of names) {
    const { data, errors } = await send(name)
    expect(data?.createVolume.volume?.id, JSON.stringify({ data, errors })).toMatch(/^vol_/)
    expect(await rowsOf(name)).toHaveLength(1)
  }
  const { rows } = await stack.sql.query<{ inserts: string }>(
    'SELECT last_value AS inserts FROM insert_number',
  )
  expect(Number(rows[0]?.inserts)).toBeGreaterThanOrEqual(names.length * (IN_A_ROW + 1))
  await stack.sql.query('DROP TRIGGER fault ON volume')
})

test('P2: deadlocks and serialization failures in a third of all statements change no result', async () => {
  await stack.sql.query('CREATE SEQUENCE statement_number')
  await raiseAt(
    'INSERT OR UPDATE',
    `IF nextval('statement_number') % 3 = 1 THEN
       RAISE EXCEPTION 'injected' USING ERRCODE = CASE currval('statement_number') % 2 WHEN 0 THEN '40001' ELSE '40P01' END;
     END IF;`,
  )
  const ids: string[] = []
  // One wave after the other is four statements at least, whatever waits together: one of each kind fails.
  for (let wave = 0; wave < 4; wave++) {
    ids.push(...(await Promise.all([1, 2, 3].map((number) => insist(`p2-${wave}-${number}`)))))
  }
  expect(new Set(ids).size).toBe(12)
  await waitUntil('all to be available', async () => {
    const { rows } = await stack.sql.query(
      `SELECT 1 FROM volume WHERE id = ANY ($1) AND state = 'AVAILABLE'`,
      [ids],
    )
    return rows.length === 12
  })
  const { rows } = await stack.sql.query<{ statements: string }>(
    'SELECT last_value AS statements FROM statement_number',
  )
  expect(Number(rows[0]?.statements)).toBeGreaterThanOrEqual(4)
  await stack.sql.query('DROP TRIGGER fault ON volume')
})

test('P1: after all of this records and clusters agree', () => checkAtRest(stack))

test('P1: fallen back to an asynchronous standby, what it never got is found on its cluster and left alone', async () => {
  let copy = ''
  await stack.restartDatabase(async (dataFolder) => {
    copy = `${dataFolder}-standby`
    await promisify(execFile)('cp', ['-a', dataFolder, copy])
  })
  const id = await insist('lost-tail')
  const backendName = `flo-${id.slice(4)}`
  const isOnCluster = () =>
    stack.fleet.clusters.some((each) => each.volumes().some(({ name }) => name === backendName))
  await waitUntil('the volume to be there', isOnCluster)
  await stack.restartDatabase(async (dataFolder) => {
    await promisify(execFile)('rm', ['-rf', dataFolder])
    await promisify(execFile)('mv', [copy, dataFolder])
  })
  await waitUntil('the finding', async () => {
    const { rows } = await stack.sql.query(`SELECT 1 FROM finding WHERE name = $1 AND state = 'OPEN'`, [
      backendName,
    ])
    return rows.length > 0
  })
  expect(isOnCluster()).toBe(true)
  // Nobody remembers the key, either: the caller gets a volume under another name, and the lost one stays for an operator to decide about.
  expect(await insist('lost-tail')).not.toBe(id)
})

const inputOf = (key: string) => ({ input: { idempotencyKey: key, name: key, sizeBytes: '4GiB' } })

function send(key: string): Promise<GraphQLAnswer<CreateVolumeAnswer>> {
  return stack.api.send<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key))
}

const read = () => stack.api.send('{ fleet { clusterCount } }')

/** Whether nothing was done or nobody knows, the caller is told to come again. */
function expectUnavailable({ data, errors }: GraphQLAnswer<unknown>): void {
  const refusal = (data as CreateVolumeAnswer | null | undefined)?.createVolume
  const [error] = errors ?? []
  const code = refusal?.code ?? error?.extensions?.code
  expect(['UNAVAILABLE', 'OVERLOADED'], JSON.stringify({ data, errors })).toContain(code)
  if (error) expect(error.extensions?.retryable).toBe(true)
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly answer: T; readonly tookMs: number }> {
  const begin = performance.now()
  const answer = await work()
  return { answer, tookMs: performance.now() - begin }
}

/** The volume's id. Figures may have grown old meanwhile; then the caller asks again. */
function insist(key: string): Promise<string> {
  return waitUntil(`volume ${key} to be accepted`, async () => {
    const { createVolume } = await stack.api.insist<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key))
    return createVolume.volume?.id
  })
}

async function rowsOf(name: string): Promise<{ readonly id: string }[]> {
  const { rows } = await stack.sql.query<{ id: string }>('SELECT id FROM volume WHERE name = $1', [name])
  return rows
}

/** Runs PL/pgSQL before each such statement on volumes. */
async function raiseAt(statements: string, body: string): Promise<void> {
  await stack.sql.query(
    `CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$;
     CREATE TRIGGER fault BEFORE ${statements} ON volume FOR EACH STATEMENT EXECUTE FUNCTION fault();`,
  )
}

/** As a server that decides; answers what gives it back. */
async function holdPlacementLock(): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: stack.connectionString })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query(TAKE_PLACEMENT_LOCK)
  return async () => {
    await holder.query('ROLLBACK')
    await holder.end()
  }
}

/** Until PostgreSQL has none to give, not even those it keeps for administrators. */
async function takeAllConnections(): Promise<readonly pg.Client[]> {
  const taken: pg.Client[] = []
  for (;;) {
    const client = new pg.Client({ connectionString: stack.connectionString })
    client.on('error', () => {})
    try {
      await client.connect()
    } catch {
      return taken
    }
    taken.push(client)
  }
}
