import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAccess } from '../clusters/cluster-access.ts'
import { holdsSealed } from '../database/holds-sealed.ts'
import { inTransaction } from '../database/transaction.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { requireMasterKeys, WrongMasterKeyError } from './require-master-keys.ts'
import { createServiceKeyStore } from './service-key-store.ts'
import { createVault, type Vault } from './vault.ts'

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')
/** The one that the fleet of the test seals with, and two others. */
const own = createVault([key(7)])
const other = createVault([key(8)])
const rotating = createVault([key(8), key(7)])

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

async function startWith(vault: Vault): Promise<string[]> {
  const lines: string[] = []
  await requireMasterKeys(db.database.pool, vault, (line) => lines.push(line))
  return lines
}

/** A cluster's token, and one of our service keys. */
async function sealBoth(): Promise<void> {
  await fleet.register('munich-1')
  await createServiceKeyStore(db.database, own).signingKeys()
}

/** Opens both with the keys of a vault. */
async function openBoth(vault: Vault): Promise<unknown> {
  const serviceKeys = createServiceKeyStore(db.database, vault)
  const { rows } = await db.database.pool.query('SELECT * FROM cluster')
  const { credential } = await openAccess(vault, serviceKeys, rows[0])
  const [signing] = await serviceKeys.signingKeys()
  return { credential, keyId: signing.keyId }
}

const both = { credential: { kind: 'TOKEN', token: 'secret' }, keyId: 'flotilla' }

test('the first start leaves what the others are judged by; another key is refused in words that help', async () => {
  expect(await holdsSealed(db.connectionString)).toBe(false)
  expect(await startWith(own)).toEqual([])
  expect(await holdsSealed(db.connectionString)).toBe(true)
  expect(await startWith(own)).toEqual([])
  const refused = await startWith(other).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(WrongMasterKeyError)
  expect((refused as Error).message).toMatch(
    /another master key .* \(no master key with the id [0-9a-f]{8}\)\. .*copy FLOTILLA_HOME\/keys\/master-key from a host/,
  )
  expect(await startWith(own)).toEqual([])
})

test('of two first starts with different keys one is refused', async () => {
  // Whoever gets so far has seen that there is nothing, and writes when this is over.
  const outcomes = await inTransaction(db.database.pool, async (client) => {
    await client.query('LOCK TABLE master_key_canary IN EXCLUSIVE MODE')
    const starts = Promise.allSettled([startWith(own), startWith(other)])
    await untilBlocked(db.database.pool, 2)
    return { starts }
  }).then(({ starts }) => starts)
  const refused = outcomes.filter((each) => each.status === 'rejected')
  expect(refused).toMatchObject([{ reason: expect.any(WrongMasterKeyError) }])
})

test('where a former release has sealed without leaving anything, its secrets judge', async () => {
  await sealBoth()
  expect(await holdsSealed(db.connectionString)).toBe(true)
  await expect(startWith(other)).rejects.toThrow(WrongMasterKeyError)
  expect(await startWith(own)).toEqual([])
  await expect(startWith(other)).rejects.toThrow(WrongMasterKeyError)
})

test('a new first key seals all anew, so that the former one can be taken out', async () => {
  await sealBoth()
  await startWith(own)
  await expect(openBoth(other)).rejects.toThrow('no master key with the id')
  expect(await startWith(createVault([key(7), key(8)]))).toEqual([])
  expect(await openBoth(own)).toEqual(both)

  expect(await startWith(rotating)).toEqual([])
  expect(await openBoth(other)).toEqual(both)
  expect(await startWith(other)).toEqual([])
  await expect(startWith(own)).rejects.toThrow(WrongMasterKeyError)
})

test('what no given key opens is named, and keeps nobody from the rest', async () => {
  await startWith(rotating)
  await sealBoth()
  expect(await startWith(other)).toEqual([
    expect.stringMatching(
      /^the credential of munich-1 cannot be opened \(no master key with the id [0-9a-f]{8}\): add the key/,
    ),
    expect.stringMatching(/^our service key flotilla cannot be opened/),
  ])
  expect(await startWith(rotating)).toEqual([])
  expect(await openBoth(other)).toEqual(both)
})

test('with every key lost, what they sealed can be given up', async () => {
  await sealBoth()
  await startWith(own)
  // As docs/decisions/0040 has it.
  await db.database.pool.query(
    'DELETE FROM master_key_canary; UPDATE cluster SET credential_sealed = NULL; DELETE FROM service_key',
  )
  expect(await holdsSealed(db.connectionString)).toBe(false)
  expect(await startWith(other)).toEqual([])
})
