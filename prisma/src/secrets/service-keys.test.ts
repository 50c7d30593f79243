import { createPublicKey } from 'node:crypto'
import { IdempotencyConflictError, InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ServiceKeys } from '@flotilla/core/ports/service-keys'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAccess } from '../clusters/cluster-access.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, newOperation } from '../testing/test-fleet.ts'
import { createServiceKeyStore, type ServiceKeyStore } from './service-key-store.ts'
import { createServiceKeys } from './service-keys.ts'
import { createVault } from './vault.ts'

const vault = createVault([Buffer.alloc(32, 7).toString('base64')])

const BY_NAME = { first: 50, after: null, orderBy: { field: 'NAME', direction: 'ASC' } } as const

let db: TestDatabase
let keys: ServiceKeys
/** A worker's, which was there before any change. */
let store: ServiceKeyStore

beforeAll(async () => {
  db = await startTestDatabase()
  keys = createServiceKeys(db.database, vault, db.bus)
  store = createServiceKeyStore(db.connect(), vault)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

const signing = async () => (await store.signingKeys()).map(({ keyId }) => keyId)
const rotate = () => keys.rotate(newOperation())
const retire = (keyId: string, force = false) => keys.retire(keyId, force, newOperation())
const rows = async () =>
  (
    await db.database.pool.query(
      `SELECT key_id, public_key_pem <> '' AS "hasPublic", private_key_sealed IS NOT NULL AS "hasPrivate",
              retired_at IS NOT NULL AS "isRetired" FROM service_key ORDER BY number`,
    )
  ).rows

test('the first key is made when first asked for, once, by whoever asks', async () => {
  const [credential, ...others] = await Promise.all([
    keys.credential(),
    createServiceKeys(db.connect(), vault, db.bus).credential(),
    keys.credential(),
  ])
  expect(credential).toMatchObject({ keyId: 'flotilla', createdAt: expect.any(Date), former: null })
  expect(others).toEqual([credential, credential])
  const [key] = await store.signingKeys()
  const publicKey = createPublicKey(key.privateKeyPem).export({ type: 'spki', format: 'pem' })
  expect(publicKey).toBe(credential?.publicKeyPem)
})

test('a rotation puts a new key before the former, and both sign; a third must wait', async () => {
  const first = await keys.credential()
  const { serviceCredential, operation } = await rotate()
  const { former: _, ...former } = first
  expect(serviceCredential).toMatchObject({ keyId: 'flotilla-2', former })
  expect(serviceCredential.publicKeyPem).not.toBe(first.publicKeyPem)
  expect(operation).toMatchObject({ kind: 'ROTATE_SERVICE_KEY', state: 'SUCCEEDED', actor: 'tester' })
  expect(await keys.credential()).toEqual(serviceCredential)
  const [newest, other] = await store.signingKeys()
  for (const [key, { publicKeyPem }] of [
    [newest, serviceCredential],
    [other, first],
  ] as const) {
    const opened = createPublicKey(key?.privateKeyPem ?? '').export({ type: 'spki', format: 'pem' })
    expect(opened).toBe(publicKeyPem)
  }
  const refused = await rotate().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(InvalidStateError)
  expect(refused).toMatchObject({
    path: ['input'],
    message: expect.stringContaining('retire flotilla first'),
  })
  expect(await signing()).toEqual(['flotilla-2', 'flotilla'])
})

test('retiring destroys the private half, for good; a number is never used again', async () => {
  await rotate()
  const { serviceCredential, operation } = await retire('flotilla')
  expect(serviceCredential).toMatchObject({ keyId: 'flotilla-2', former: null })
  expect(operation).toMatchObject({ kind: 'RETIRE_SERVICE_KEY', state: 'SUCCEEDED' })
  const retired = { key_id: 'flotilla', hasPublic: true, hasPrivate: false, isRetired: true }
  expect(await rows()).toEqual([
    retired,
    { key_id: 'flotilla-2', hasPublic: true, hasPrivate: true, isRetired: false },
  ])
  expect(await signing()).toEqual(['flotilla-2'])
  expect((await retire('flotilla')).serviceCredential).toEqual(serviceCredential)
  expect((await rotate()).serviceCredential).toMatchObject({
    keyId: 'flotilla-3',
    former: { keyId: 'flotilla-2' },
  })
  await retire('flotilla-2')
  expect((await rotate()).serviceCredential.keyId).toBe('flotilla-4')
  expect((await rows())[0]).toEqual(retired)
})

test('the newest cannot be retired, nor one that was never there', async () => {
  const missing = await retire('flotilla-2').catch((error: unknown) => error)
  expect(missing).toBeInstanceOf(NotFoundError)
  expect(missing).toMatchObject({ path: ['input', 'keyId'] })
  await keys.credential()
  const only = await retire('flotilla').catch((error: unknown) => error)
  expect(only).toBeInstanceOf(InvalidStateError)
  expect(only).toMatchObject({ path: ['input', 'keyId'], message: expect.stringContaining('allowed: none') })
  await rotate()
  await expect(retire('flotilla-2')).rejects.toThrow(
    'flotilla-2 is the newest key, which we sign with; allowed: flotilla',
  )
  expect(await signing()).toEqual(['flotilla-2', 'flotilla'])
  const { rows: operations } = await db.database.pool.query('SELECT kind FROM operation')
  expect(operations).toEqual([{ kind: 'ROTATE_SERVICE_KEY' }])
})

test('a key that clusters may still need is retired by force alone; which they are is told', async () => {
  const fleet = createTestFleet(db)
  const look = async (id: ClusterId, acceptedKeyId?: string) =>
    fleet.observe(id, null, acceptedKeyId === undefined ? {} : { acceptedKeyId })
  const register = async (name: string) => {
    const id = await fleet.register(name)
    await fleet.observe(id, [])
    return id
  }
  const [moved, former, byToken, unseen] = [
    await register('moved'),
    await register('former'),
    await register('by-token'),
    await fleet.register('unseen'),
  ]
  await db.database.pool.query(`UPDATE cluster SET credential_kind = 'KEY_PAIR' WHERE id <> $1`, [byToken])
  await rotate()
  await look(moved, 'flotilla-2')
  await look(former, 'flotilla')
  const needing = async (keyId = 'flotilla-2') =>
    (await createFleetReader(db.database).listClusters({ withoutKey: keyId }, BY_NAME)).items.map(
      ({ name }) => name,
    )
  expect(await needing()).toEqual(['former', 'unseen'])
  const refused = await retire('flotilla').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(InvalidStateError)
  expect(refused).toMatchObject({
    path: ['input', 'keyId'],
    message: expect.stringContaining('not seen to accept flotilla-2 were former, unseen; import it there'),
  })
  expect(await signing()).toEqual(['flotilla-2', 'flotilla'])

  await fleet.clusters.detach(unseen, newOperation(), false)
  await look(former, 'flotilla-2')
  expect(await needing()).toEqual([])
  await look(former, 'flotilla')
  await retire('flotilla', true)
  expect(await signing()).toEqual(['flotilla-2'])
  expect((await retire('flotilla')).operation.state).toBe('SUCCEEDED')
})

test('of rotations at once one makes a key, and the others are refused', async () => {
  for (let round = 0; round < 5; round++) {
    await db.empty()
    const servers = [1, 2, 3, 4].map(() => createServiceKeys(db.connect(), vault, db.bus))
    const outcomes = await Promise.allSettled(servers.map((each) => each.rotate(newOperation())))
    const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refusals).toEqual(Array(3).fill(expect.any(InvalidStateError)))
    expect(await signing()).toEqual(['flotilla-2', 'flotilla'])
  }
})

test('rotating and retiring at once leave one key or two, never none', async () => {
  await rotate()
  const servers = [1, 2].map(() => createServiceKeys(db.connect(), vault, db.bus))
  const [rotated, retired] = await Promise.allSettled([
    servers[0]?.rotate(newOperation()),
    servers[1]?.retire('flotilla', false, newOperation()),
  ])
  expect(retired.status).toBe('fulfilled')
  expect(await signing()).toEqual(
    rotated.status === 'fulfilled' ? ['flotilla-3', 'flotilla-2'] : ['flotilla-2'],
  )
})

test('the same request is answered as the first time, at once or later; another under its key is a conflict', async () => {
  const request = newOperation()
  const servers = [1, 2, 3].map(() => createServiceKeys(db.connect(), vault, db.bus))
  const again = (each: ServiceKeys) => each.rotate({ ...request, id: uuidIds.next('Operation') })
  const [first, ...others] = await Promise.all(servers.map(again))
  expect(others).toEqual([first, first])
  await retire('flotilla')
  const replayed = await again(keys)
  expect(replayed.operation).toEqual(first?.operation)
  expect(replayed.serviceCredential).toMatchObject({ keyId: 'flotilla-2', former: null })
  expect(await signing()).toEqual(['flotilla-2'])
  await expect(keys.rotate({ ...request, inputFingerprint: 'another' })).rejects.toThrow(
    IdempotencyConflictError,
  )

  await rotate()
  const retirement = newOperation()
  await keys.retire('flotilla-2', false, retirement)
  const repeated = await keys.retire('flotilla-2', false, { ...retirement, id: uuidIds.next('Operation') })
  expect(repeated.operation.id).toBe(retirement.id)
})

test('the version of an access by our key follows the keys, that of one by a token does not', async () => {
  const id = uuidIds.next('Cluster')
  const row = { id, endpoints: [], tls: { mode: 'SYSTEM' } as const, backend_id: null, access_revision: 1 }
  const versions = async () => {
    const byKey = { ...row, credential_kind: 'KEY_PAIR', credential_sealed: null }
    const sealed = Buffer.from(vault.seal('secret', `cluster.credential_sealed/${id}`))
    const byToken = { ...row, credential_kind: 'TOKEN', credential_sealed: sealed }
    return {
      key: (await openAccess(vault, store, byKey)).version,
      token: (await openAccess(vault, store, byToken)).version,
    }
  }
  const before = await versions()
  expect(await versions()).toEqual(before)
  await rotate()
  const rotated = await versions()
  await retire('flotilla')
  const retired = await versions()
  expect(new Set([before.key, rotated.key, retired.key]).size).toBe(3)
  expect(new Set([before.token, rotated.token, retired.token]).size).toBe(1)
})
