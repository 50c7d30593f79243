import {
  IdempotencyConflictError,
  InvalidStateError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import type { PolicyReader, PolicyStore } from '@flotilla/core/ports/policy-store'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { createBulkStore } from '../operations/bulk-store.ts'
import { createOperationStore } from '../operations/operation-store.ts'
import { createGroupPlacement } from '../placement/group-placement.ts'
import { placeBatch } from '../placement/place-batch.ts'
import { TAKE_PLACEMENT_LOCK } from '../placement/placement-lock.ts'
import { readDecisions } from '../placement/read-decisions.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  foreignVolume,
  growIntent,
  newOperation,
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createPolicyReader } from './policy-reader.ts'
import { createPolicyStore } from './policy-store.ts'

let db: TestDatabase
let fleet: TestFleet
let store: PolicyStore
let reader: PolicyReader

beforeAll(async () => {
  db = await startTestDatabase()
  store = createPolicyStore(db.database, db.bus)
  reader = createPolicyReader(db.database)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
})
afterEach(() => assertLedger(db.database.pool))

const withPolicy = (policyName: string, volume = {}) => ({ ...createIntent(volume), policyName })
const create = async (document: PolicyDocument, actor = 'alice') =>
  (await store.create(document, newOperation({ actor }))).policy
const update = async (document: PolicyDocument, expected: number | null, actor = 'alice') =>
  (await store.update(document, expected, newOperation({ actor }))).policy
const names = async () =>
  (await reader.listPolicies()).map(({ policy }) => `${policy.name}/${policy.revision}`)

test('what is created is read as given, with its exact form', async () => {
  const document = { name: 'gold', limits: { minFreeRatio: '0.2' } }
  const created = await create(document)
  expect(created).toMatchObject({ document, createdBy: 'alice', policy: { name: 'gold', revision: 1 } })
  expect(created.policy.minFreeRatio).toEqual({ numerator: 2n, denominator: 10n })
  expect(await reader.policiesByNames(['none', 'gold'])).toEqual([null, created])
  await expect(create(document, 'bob')).rejects.toThrow(NameTakenError)
})

test('each change makes a revision; earlier ones, and those of deleted policies, stay', async () => {
  await create({ name: 'gold' })
  await update({ name: 'gold', description: 'second' }, 1, 'bob')
  await expect(update({ name: 'gold' }, 1)).rejects.toMatchObject({ currentRevision: 2 })
  await expect(update({ name: 'none' }, null)).rejects.toThrow(NotFoundError)
  expect(await names()).toEqual(['default/1', 'gold/2'])
  expect((await reader.policyRevisions('gold', 10)).map(({ createdBy }) => createdBy)).toEqual([
    'bob',
    'alice',
  ])

  await expect(store.delete('gold', 1, newOperation())).rejects.toMatchObject({ currentRevision: 2 })
  await store.delete('gold', 2, newOperation())
  expect(await names()).toEqual(['default/1'])
  expect(await reader.policyRevision('gold', 1)).toMatchObject({ createdBy: 'alice' })

  const again = await create({ name: 'gold' }, 'carol')
  expect(again.policy.revision).toBe(3)
})

test('the same key and input is answered with the revision made then; with another input it is a conflict', async () => {
  const document = { name: 'gold', defaults: { replicas: 3 } }
  const request = newOperation({ actor: 'alice' })
  const servers = [1, 2, 3].map(() => createPolicyStore(db.connect(), db.bus))
  const [first, ...others] = await Promise.all(servers.map((each) => each.create(document, request)))
  expect(others).toEqual([first, first])
  await update({ name: 'gold' }, 1, 'bob')
  expect(await store.create(document, request)).toEqual(first)
  await store.delete('gold', null, newOperation())
  expect(await store.create(document, request)).toEqual(first)
  expect(await names()).toEqual(['default/1'])

  const conflict = store.create({ name: 'other' }, { ...request, inputFingerprint: 'g' })
  await expect(conflict).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', operationId: request.id })
  const theirs = { ...newOperation({ actor: 'bob' }), idempotencyKey: request.idempotencyKey }
  expect((await store.create({ name: 'other' }, theirs)).policy.document.name).toBe('other')
})

test('a document that is the present one makes no revision, so a change may be repeated', async () => {
  await create({ name: 'gold' })
  const limits = { minFreeRatio: '0.2', maxObservationAgeMs: 1_000 }
  const changed = await update({ name: 'gold', limits }, 1, 'bob')
  const turned = { limits: { maxObservationAgeMs: 1_000, minFreeRatio: '0.2' }, name: 'gold' }
  for (const expected of [1, 2, null]) expect(await update(turned, expected, 'carol')).toEqual(changed)
  expect(await names()).toEqual(['default/1', 'gold/2'])
  await expect(update({ name: 'gold' }, 1)).rejects.toThrow(RevisionConflictError)

  await update({ name: 'gold', description: 'third' }, 2)
  const returned = await update({ name: 'gold', limits }, 3)
  expect(returned.policy.revision).toBe(4)
  await expect(update({ name: 'gold', limits }, 1)).rejects.toThrow(RevisionConflictError)
})

test('a deletion may be repeated, and with its revision never touches a policy made anew', async () => {
  await create({ name: 'gold' })
  await store.delete('gold', 1, newOperation())
  await store.delete('gold', 1, newOperation())
  await store.delete('gold', null, newOperation())
  await create({ name: 'gold' })
  await expect(store.delete('gold', 1, newOperation())).rejects.toMatchObject({ currentRevision: 2 })
  expect(await names()).toEqual(['default/1', 'gold/2'])
  await expect(store.delete('none', null, newOperation())).rejects.toThrow(NotFoundError)
})

test('the default policy follows the installation until an operator has changed it, and is never deleted', async () => {
  const document = { name: 'default', limits: { maxObservationAgeMs: 90_000 } }
  await Promise.all([store.ensureDefault(document), store.ensureDefault(document)])
  expect(await names()).toEqual(['default/2'])
  await update({ name: 'default', description: 'ours' }, 2)
  await store.ensureDefault(document)
  expect(await names()).toEqual(['default/3'])
  await expect(store.delete('default', null, newOperation())).rejects.toThrow(InvalidStateError)
})

test('a policy is in use as long as a volume is yet to be created with it', async () => {
  await create({ name: 'gold' })
  const wanted = (policy: string) => ({
    volumeId: null,
    input: { name: policy, project: 'p', policy, sizeBytes: '1' },
  })
  const bulk = await createBulkStore(db.database, db.bus).start('CREATE_VOLUMES', newOperation(), {}, [
    wanted('gold'),
    wanted('default'),
    wanted('gold'),
  ])
  await expect(store.delete('gold', null, newOperation())).rejects.toThrow(
    '2 volumes that bulk operations are yet to create use this policy',
  )
  await createOperationStore(db.database, db.bus).cancel(bulk.id, newOperation())
  await store.delete('gold', null, newOperation())
  expect(await names()).toEqual(['default/1'])
})

test('a policy is in use as long as a volume of it is there', async () => {
  await fleet.addCluster()
  await create({ name: 'gold' })
  const { volume } = await fleet.place(withPolicy('gold'))
  await fleet.place(withPolicy('gold'))
  expect(volume).toMatchObject({ policyName: 'gold', policyRevision: 1 })
  expect(await reader.volumeCountsByPolicies(['default', 'gold'])).toEqual([0, 2])
  await expect(store.delete('gold', null, newOperation())).rejects.toThrow('2 volumes use this policy')
})

test('a batch that waits decides under the revision that was committed before it, not the one it came under', async () => {
  await fleet.addCluster()
  await create({ name: 'gold' })
  const taken = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const holder = inTransaction(db.connect().pool, async (client) => {
    await client.query(TAKE_PLACEMENT_LOCK)
    taken.resolve()
    await release.promise
  })
  await taken.promise
  await untilBlockedBy(() => update({ name: 'gold', defaults: { replicas: 3 } }, 1), 1)
  const placing = await untilBlockedBy(() => fleet.place(openIntent('gold')), 2)
  release.resolve()
  await holder
  const { volume, decision } = await placing()
  expect(volume).toMatchObject({ policyRevision: 2, replicas: 3 })
  expect(decision).toMatchObject({ policyName: 'gold', policyRevision: 2 })
})

test('one wait of many policies: each request by its own, growth by its volume’s; an unknown one fails alone', async () => {
  await fleet.addCluster()
  await create({ name: 'gold', defaults: { replicas: 3, compression: true } })
  await create({ name: 'small', limits: { maxVolumeSize: '2GiB' } })
  const { volume } = await fleet.place(withPolicy('small'))
  await db.database.pool.query(`UPDATE volume SET state = 'AVAILABLE' WHERE id = $1`, [volume.id])
  const ledger = createGroupPlacement(db.database, createFleetReader(db.database), fleet.policies, db.bus)
  const first = ledger.place(createIntent())
  const [gold, plain, unknown, growth] = await Promise.allSettled([
    ledger.place(openIntent('gold')),
    ledger.place(openIntent('default')),
    ledger.place(withPolicy('none')),
    ledger.update(growIntent(volume.id, 3n << 30n)),
  ])
  await first
  expect(gold).toMatchObject({ value: { volume: { policyName: 'gold', replicas: 3, compression: true } } })
  expect(plain).toMatchObject({
    value: { volume: { policyName: 'default', replicas: 2, compression: false } },
  })
  expect(unknown).toMatchObject({
    reason: { issues: [{ path: ['input', 'policy'], allowed: 'default, gold, small' }] },
  })
  expect(growth).toMatchObject({
    reason: { message: expect.stringContaining('larger than the policy allows') },
  })
})

test('a request that is repeated after its policy has gone is answered as before', async () => {
  await fleet.addCluster()
  await create({ name: 'gold' })
  const operation = newOperation()
  const intent = { ...createIntent({}, operation), policyName: 'gold' }
  const { volume } = await fleet.place(intent)
  const error = { code: 'NO_SPACE', message: 'full' }
  await fleet.settle(await fleet.lease(volume.id), { kind: 'GIVEN_UP', error })
  await store.delete('gold', null, newOperation())
  const other = { ...intent, operation: { ...operation, inputFingerprint: 'other' } }
  expect(await placeBatch(db.database, fleet.policies, 'gold', [intent, other])).toMatchObject([
    { kind: 'REPLAYED', operationId: operation.id },
    { kind: 'REFUSED', error: { code: 'IDEMPOTENCY_CONFLICT' } },
  ])
})

test('a group is kept apart over all that is there, one request after another, and the records replay', async () => {
  const clusters = [await fleet.addCluster(), await fleet.addCluster()]
  await create({ name: 'apart', spread: { label: 'cluster', mode: 'ANTI_AFFINITY' } })
  const member = () => withPolicy('apart', { group: 'project/db' })
  const answers = await placeBatch(db.database, fleet.policies, 'apart', [member(), member(), member()])
  const placed = answers.flatMap((answer) => (answer.kind === 'PLACED' ? [answer.placed] : []))
  expect(placed.map(({ volume }) => volume.clusterId).toSorted()).toEqual(clusters.toSorted())
  expect(placed.map(({ volume }) => volume.group)).toEqual(['db', 'db'])
  const refusals = answers.flatMap((answer) => (answer.kind === 'REFUSED' ? [answer.error] : []))
  expect(refusals).toMatchObject([{ code: 'NO_FEASIBLE_CLUSTER' }])
  await expect(fleet.place(member())).rejects.toMatchObject({ code: 'NO_FEASIBLE_CLUSTER' })
  const { rows } = await db.database.pool.query('SELECT id FROM placement_decision')
  const decisions = await readDecisions(
    db.database.pool,
    rows.map((row) => row.id),
  )
  expect(decisions.filter(({ clusterId }) => clusterId === null)).toHaveLength(2)
  await fleet.place(withPolicy('apart', { group: 'other/db' }))
})

test('a policy that limits the number of volumes counts those that no inventory contains yet', async () => {
  await update({ name: 'default', limits: { maxVolumesPerCluster: 3 } }, 1)
  const id = await fleet.addCluster()
  await fleet.observe(id, [foreignVolume('other')])
  await fleet.addVolume()
  await fleet.place(createIntent())
  const refusal = expect(fleet.place(createIntent())).rejects
  await refusal.toMatchObject({
    decision: { verdicts: [{ rejection: { reason: 'TOO_MANY_VOLUMES' } }] },
  })
})

test('labels of the clusters decide where the policy requires some', async () => {
  const require = [{ key: 'tier', operator: 'In' as const, values: ['gold'] }]
  await update({ name: 'default', require }, 1)
  const [plain, gold] = [await fleet.addCluster(), await fleet.addCluster()]
  await db.database.pool.query(`UPDATE cluster SET labels = '{"tier": "gold"}' WHERE id = $1`, [gold])
  const placed = await fleet.place(createIntent())
  expect(placed.volume.clusterId).toBe(gold)
  expect(placed.decision.verdicts[1]).toMatchObject({
    clusterId: plain,
    rejection: { reason: 'LABELS_NOT_MATCHED', explanation: 'has no label tier, tier In [gold] required' },
  })
  expect(await readDecisions(db.database.pool, [placed.decision.id])).toEqual([placed.decision])
})

test('a cluster that has had its share of the recent placements yields to the others', async () => {
  await create({ name: 'shared', share: { cap: '0.5', windowMs: 60_000 } })
  const large = await fleet.addCluster({ effectiveBytes: 1000n * TIB, freeBytes: 1000n * TIB })
  await fleet.addCluster()
  const first = await fleet.place(withPolicy('shared', { sizeBytes: TIB }))
  const second = await fleet.place(withPolicy('shared', { sizeBytes: TIB }))
  expect(first.volume.clusterId).toBe(large)
  expect(second.volume.clusterId).not.toBe(large)
  expect(second.decision.verdicts.find(({ clusterId }) => clusterId === large)?.yields).not.toBeNull()
  expect(await readDecisions(db.database.pool, [second.decision.id])).toEqual([second.decision])
})

/** Leaves replicas and compression to the policy. */
function openIntent(policyName: string) {
  const intent = createIntent()
  return { ...intent, policyName, volume: { ...intent.volume, replicas: null, compression: null } }
}

/** Starts the work and waits until that many stand at a lock, so that the order of those who wait is known. */
async function untilBlockedBy<T>(work: () => Promise<T>, waiting: number): Promise<() => Promise<T>> {
  const begun = work()
  await untilBlocked(db.database.pool, waiting)
  return () => begun
}

test('a deletion and a shadow leave who asked for them, and are done once for one key', async () => {
  await create({ name: 'gold' })
  await create({ name: 'silver' })
  const set = newOperation({ actor: 'alice' })
  const shadowed = await store.setShadow('gold', 'silver', set)
  expect(shadowed.operation).toMatchObject({
    kind: 'SET_SHADOW_POLICY',
    state: 'SUCCEEDED',
    actor: 'alice',
    policyName: 'gold',
  })
  await store.setShadow('gold', null, newOperation())
  expect(await store.setShadow('gold', 'silver', set)).toEqual(shadowed)
  expect(await reader.shadowsByPolicies(['gold'])).toEqual([null])
  const removal = newOperation({ actor: 'bob' })
  const deleted = await store.delete('gold', null, removal)
  expect(deleted).toMatchObject({
    kind: 'DELETE_POLICY',
    state: 'SUCCEEDED',
    actor: 'bob',
    policyName: 'gold',
  })
  expect(await store.setShadow('gold', 'silver', set)).toEqual(shadowed)
  await create({ name: 'gold' })
  expect(await store.delete('gold', null, removal)).toEqual(deleted)
  expect(await names()).toEqual(['default/1', 'gold/2', 'silver/1'])
  await expect(store.delete('silver', null, { ...removal, inputFingerprint: 'other' })).rejects.toThrow(
    IdempotencyConflictError,
  )
})

test('an update under a key is answered as then, whatever came after', async () => {
  await create({ name: 'gold' })
  const request = newOperation()
  const second = await store.update({ name: 'gold', description: 'second' }, null, request)
  await update({ name: 'gold', description: 'third' }, null)
  expect(await store.update({ name: 'gold', description: 'second' }, null, request)).toEqual(second)
  expect(await names()).toEqual(['default/1', 'gold/3'])
})

test('a creation and a change leave who asked for them; one that made no revision does, too', async () => {
  const creation = newOperation({ actor: 'alice' })
  const { operation } = await store.create({ name: 'gold' }, creation)
  const done = { state: 'SUCCEEDED', policyName: 'gold', attempts: [], error: null }
  const { id, idempotencyKey } = creation
  expect(operation).toMatchObject({ ...done, id, idempotencyKey, kind: 'CREATE_POLICY', actor: 'alice' })
  expect(operation.finishedAt).not.toBeNull()
  const same = newOperation({ actor: 'bob' })
  const unchanged = await store.update({ name: 'gold' }, null, same)
  expect(unchanged.policy.policy.revision).toBe(1)
  expect(unchanged.operation).toMatchObject({ ...done, id: same.id, kind: 'UPDATE_POLICY', actor: 'bob' })
  await update({ name: 'gold', description: 'second' }, 1)
  expect(await store.update({ name: 'gold' }, null, same)).toEqual(unchanged)

  const keyless = { ...newOperation(), idempotencyKey: null, inputFingerprint: null }
  await store.update({ name: 'gold', description: 'third' }, null, keyless)
  await store.ensureDefault({ name: 'default', description: 'nobody asked' })
  const { rows } = await db.database.pool.query<{ kind: string }>(
    `SELECT operation.kind FROM operation JOIN event ON subject_id = id AND event.kind = 'OPERATION_CHANGED'
     ORDER BY sequence`,
  )
  expect(rows.map(({ kind }) => kind)).toEqual([
    'CREATE_POLICY',
    'UPDATE_POLICY',
    'UPDATE_POLICY',
    'UPDATE_POLICY',
  ])
})

test('a refused change leaves no operation, and its key is free', async () => {
  await create({ name: 'gold' })
  const request = newOperation()
  await expect(store.create({ name: 'gold' }, request)).rejects.toThrow(NameTakenError)
  await expect(store.update({ name: 'gold', description: 'x' }, 7, request)).rejects.toThrow(
    RevisionConflictError,
  )
  expect((await store.update({ name: 'gold', description: 'x' }, 1, request)).operation.id).toBe(request.id)
})

test('a request whose key was another operation’s as well, before keys of policies were as all others, is answered as then', async () => {
  const request = newOperation()
  const made = await store.create({ name: 'gold' }, request)
  const taken = newOperation({ idempotencyKey: request.idempotencyKey })
  await db.database.pool.query('UPDATE operation SET idempotency_key = NULL WHERE id = $1', [request.id])
  await store.create({ name: 'silver' }, taken)
  const { policy, operation } = await store.create({ name: 'gold' }, request)
  expect({ policy, id: operation.id }).toEqual({ policy: made.policy, id: request.id })
  expect(await names()).toEqual(['default/1', 'gold/1', 'silver/1'])
  const other = { ...request, inputFingerprint: 'other' }
  await expect(store.create({ name: 'gold' }, other)).rejects.toMatchObject({ operationId: taken.id })
})
