import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { LATE_CREATE_MS, WORK_BUDGET_MS } from '@flotilla/core/volumes/late-create'
import { expect, test } from 'vitest'
import {
  aLease,
  FOUND,
  GIB,
  IS_FULL,
  LEASED_AT,
  type RunOptions,
  runReconcile,
} from '../testing/run-reconcile.ts'

const ASKED_BEFORE = new Date(LEASED_AT.getTime() - 30_000)

test('a volume that nobody has asked for yet is created without a look', async () => {
  const { asked, settled } = await runReconcile(aLease({ leaseNumber: 1n }), null)
  expect(asked).toEqual(['CREATE'])
  expect(settled).toEqual([{ kind: 'PRESENT', backend: { ...FOUND, backendId: 'ours' } }])
})

test('one that is made by a second try tells that the first, without an answer, may be carried out besides', async () => {
  const { asked, settled } = await runReconcile(aLease(), null, { unanswered: 1 })
  expect(asked).toEqual(['CREATE', 'CREATE'])
  expect(settled).toMatchObject([{ kind: 'PRESENT', backend: { backendId: 'ours' }, createUnknown: true }])
})

test('rule 2: a lease whose answer is heard late is another worker’s by now, and asks the cluster for nothing', async () => {
  const { asked, settled } = await runReconcile(aLease({ leaseNumber: 1n }), null, {
    heardLateMs: WORK_BUDGET_MS,
  })
  expect(asked).toEqual([])
  expect(settled).toMatchObject([{ kind: 'POSTPONED', createUnknown: false }])
})

test.each<[name: string, overrides: Partial<VolumeLease>, asked: string[], settled: object | string]>([
  ['before the first request', { leaseNumber: 1n }, ['CREATE'], 'REPLACED'],
  ['before any request that was sent', {}, [], 'REPLACED'],
  ['of a volume that is to go and that nobody ever asked for', { state: 'DELETING' }, [], { kind: 'ABSENT' }],
  ['under another id than ours', { state: 'DELETING', backendId: 'ours' }, [], { kind: 'ABSENT' }],
])('somebody else’s volume that has the name %s is left alone', async (_name, overrides, asked, settled) => {
  expect(await runReconcile(aLease(overrides), FOUND)).toEqual({
    asked,
    settled: [typeof settled === 'string' ? settled : expect.objectContaining(settled)],
  })
})

test.each<[name: string, overrides: Partial<VolumeLease>, asked: string[], kind: string]>([
  ['is ours', { createUnknownAt: ASKED_BEFORE }, [], 'PRESENT'],
  [
    'goes when it is not wanted',
    { state: 'DELETING', createUnknownAt: ASKED_BEFORE },
    ['DELETE theirs'],
    'ABSENT',
  ],
])('what has the name after a request without an answer %s', async (_name, overrides, asked, kind) => {
  expect(await runReconcile(aLease(overrides), FOUND)).toMatchObject({ asked, settled: [{ kind }] })
})

const HUSK: BackendVolume = { ...FOUND, backendId: 'husk', state: 'FAILED' }
/** Of a volume that has been at work before, as one that is made again. */
const MADE_AGAIN = aLease({ leaseNumber: 5n })

test('a husk that nobody has asked for leaves its name free', async () => {
  const { asked, settled } = await runReconcile(MADE_AGAIN, HUSK)
  expect(asked).toEqual(['CREATE'])
  expect(settled).toMatchObject([{ kind: 'PRESENT', backend: { backendId: 'ours' } }])
})

test('what is made beside it is looked for by its own id, whatever the cluster says has the name', async () => {
  const { asked, settled } = await runReconcile(MADE_AGAIN, HUSK, { made: 'CREATING' })
  expect(asked).toEqual(['CREATE'])
  expect(settled).toMatchObject([{ kind: 'PRESENT', backend: { backendId: 'ours' } }])
})

test('such a husk is not taken for what a create without an answer has come to', async () => {
  const { asked, settled } = await runReconcile(MADE_AGAIN, HUSK, { unanswered: 1 })
  expect(asked).toEqual(['CREATE', 'CREATE'])
  expect(settled).toMatchObject([{ kind: 'PRESENT', backend: { backendId: 'ours' }, createUnknown: true }])
})

test.each<[what: string, options: RunOptions, code: string]>([
  ['the cluster has failed again', { made: 'FAILED' }, 'CREATE_FAILED'],
  ['the cluster has no room', { createError: IS_FULL }, 'NO_SPACE'],
  [
    'the cluster does not give the name of a husk',
    { createError: new DriverError('REFUSED', 'NAME_TAKEN', 'it exists') },
    'NAME_TAKEN',
  ],
])('beside a husk from before, that %s is told as that', async (_what, options, code) => {
  const codes: string[] = []
  const { asked } = await runReconcile(MADE_AGAIN, HUSK, {
    ...options,
    onRefused: (error) => codes.push(error.code),
  })
  expect({ asked, codes }).toEqual({ asked: ['CREATE'], codes: [code] })
})

test('a husk that may be of a create without an answer is the end of it only when no create can come late', async () => {
  const early = await runReconcile(aLease({ createUnknownAt: ASKED_BEFORE }), HUSK)
  expect(early).toMatchObject({
    asked: [],
    settled: [{ kind: 'POSTPONED', error: { code: 'CREATE_FAILED' } }],
  })
  const createUnknownAt = new Date(LEASED_AT.getTime() - LATE_CREATE_MS)
  expect(await runReconcile(aLease({ createUnknownAt }), HUSK)).toEqual({ asked: [], settled: ['REPLACED'] })
})

test.each([
  ['that was never asked for before is final', null, 'CHANGE_REFUSED'],
  ['that an earlier lease may have asked for is not, as that may be carried out yet', 20_000, 'POSTPONED'],
  [
    'that was asked for so long ago that it will not come any more is final',
    LATE_CREATE_MS,
    'CHANGE_REFUSED',
  ],
])('the refusal of a change %s', async (_name, askedBeforeMs, kind) => {
  const changeAskedAt = askedBeforeMs === null ? null : new Date(LEASED_AT.getTime() - askedBeforeMs)
  const lease = aLease({ state: 'RESIZING', sizeBytes: 2n * GIB, backendId: FOUND.backendId, changeAskedAt })
  const { asked, settled } = await runReconcile(lease, FOUND)
  expect(asked).toEqual(['RESIZE'])
  // What this lease has asked for was answered, so what it leaves to fear is what was before.
  const asBefore = kind === 'POSTPONED' && { changeAsked: false }
  expect(settled).toMatchObject([{ kind, error: { code: 'NO_SPACE' }, ...asBefore }])
})

test.each<[outcome: DriverError, changeAsked: boolean]>([
  [new DriverError('UNAVAILABLE', 'BUSY', 'not now'), false],
  [new DriverError('UNAUTHORIZED', 'FORBIDDEN', 'not you'), false],
  [new DriverError('UNKNOWN', 'TIMEOUT', 'no answer'), true],
])(
  'what has been asked for may be carried out late only when its outcome is not known: %s',
  async (resizeError, changeAsked) => {
    const lease = aLease({ state: 'RESIZING', sizeBytes: 2n * GIB, backendId: FOUND.backendId })
    const { asked, settled } = await runReconcile(lease, FOUND, { resizeError })
    expect(asked).toEqual(['RESIZE'])
    expect(settled).toMatchObject([{ kind: 'POSTPONED', changeAsked }])
  },
)

const LOST_RACE = new DriverError('REFUSED', 'PRECONDITION_FAILED', 'was changed meanwhile')

test.each<[what: string, etags: readonly (string | null)[], asked: string[]]>([
  ['loses two races', ['a', 'b', 'c'], ['RESIZE', 'RESIZE']],
  ['cannot tell whether there was a race', [null, null, null], ['RESIZE', 'RESIZE']],
  ['is refused without a race', ['a', 'a'], ['RESIZE']],
])('rules 1 and 10: a change that %s in a lease is put off, and says why', async (_what, etags, asked) => {
  const [etag = null, ...next] = etags
  const ended: unknown[] = []
  const lease = aLease({ state: 'RESIZING', sizeBytes: 2n * GIB, backendId: FOUND.backendId })
  const nextEtag = () => next.shift() ?? null
  const options = { resizeError: LOST_RACE, nextEtag, onEnded: (error: unknown) => ended.push(error) }
  expect(await runReconcile(lease, { ...FOUND, etag }, options)).toMatchObject({
    asked,
    settled: [{ kind: 'POSTPONED', error: { code: 'PRECONDITION_FAILED' }, changeAsked: false }],
  })
  expect(ended).toEqual([LOST_RACE])
})

test.each<[asked: string, overrides: Partial<VolumeLease>]>([
  ['RESTORE', { state: 'RESTORING', restoreBackendId: 'snapshot' }],
  ['CHANGE', { state: 'UPDATING', formerProperties: { labels: {} } }],
])('a %s that the cluster works on for longer than a lease is asked for once', async (what, overrides) => {
  const lease = aLease({ ...overrides, backendId: FOUND.backendId })
  const first = await runReconcile(lease, FOUND)
  expect(first.asked).toEqual([what])
  expect(first.settled).toMatchObject([{ kind: 'POSTPONED', changeTaken: true }])

  const atWork = await runReconcile({ ...lease, changeTaken: true }, { ...FOUND, state: 'UPDATING' })
  expect(atWork.asked).toEqual([])
  expect(atWork.settled).toMatchObject([{ kind: 'POSTPONED', changeTaken: true }])

  const done = await runReconcile({ ...lease, changeTaken: true }, FOUND)
  expect(done).toMatchObject({ asked: [], settled: [{ kind: 'PRESENT' }] })
})

test.each<[what: string, overrides: Partial<VolumeLease>, name: string, asked: string[], kind: string]>([
  ['nothing', {}, FOUND.name, [], 'PRESENT'],
  ['a name', {}, 'astray', ['CHANGE'], 'POSTPONED'],
  ['a size', { state: 'RESIZING', sizeBytes: 2n * GIB }, FOUND.name, ['RESIZE'], 'CHANGE_REFUSED'],
])(
  'put back where %s differs, its cluster is asked for that',
  async (_what, overrides, name, asked, kind) => {
    const lease = aLease({
      state: 'UPDATING',
      backendId: FOUND.backendId,
      formerProperties: {},
      ...overrides,
    })
    expect(await runReconcile(lease, { ...FOUND, name })).toMatchObject({ asked, settled: [{ kind }] })
  },
)

const LONG_AGO = new Date(LEASED_AT.getTime() - LATE_CREATE_MS)
const RESTORED: Partial<VolumeLease> = {
  state: 'RESTORING',
  restoreBackendId: 'snapshot',
  backendId: FOUND.backendId,
  changeTaken: true,
}

test.each<[name: string, askedBeforeMs: number | null, settled: object]>([
  ['that was asked for once is done with it', null, { kind: 'PRESENT' }],
  [
    'without an answer may come late, and is not done before',
    20_000,
    {
      kind: 'POSTPONED',
      delayMs: LATE_CREATE_MS - 20_000,
      error: { code: 'MAY_COME_LATE' },
      changeTaken: true,
    },
  ],
  ['without an answer so long ago comes no more', LATE_CREATE_MS, { kind: 'PRESENT' }],
])('rule 1: a restore %s', async (_name, askedBeforeMs, settled) => {
  const restoreUnknownAt = askedBeforeMs === null ? null : new Date(LEASED_AT.getTime() - askedBeforeMs)
  const looked = await runReconcile(aLease({ ...RESTORED, restoreUnknownAt }), FOUND)
  expect(looked).toMatchObject({ asked: [], settled: [settled] })
})

test.each<[name: string, restoreError: DriverError | undefined, settled: object]>([
  ['that its cluster has taken', undefined, { restoreUnknown: false, changeTaken: true }],
  [
    'that its cluster is too busy for',
    new DriverError('UNAVAILABLE', 'BUSY', 'not now'),
    { restoreUnknown: false, changeTaken: false },
  ],
  [
    'without an answer',
    new DriverError('UNKNOWN', 'TIMEOUT', 'no answer'),
    { restoreUnknown: true, changeTaken: false },
  ],
])('whether a restore may come late is told of one %s', async (_name, restoreError, settled) => {
  const lease = aLease({ ...RESTORED, changeTaken: false })
  const asked = await runReconcile(lease, FOUND, restoreError && { restoreError })
  expect(asked).toMatchObject({ asked: ['RESTORE'], settled: [{ kind: 'POSTPONED', ...settled }] })
})

test.each<[what: string, overrides: Partial<VolumeLease>, error: object]>([
  [
    'was put back, but cannot grow again as its cluster is full',
    { sizeBytes: 2n * GIB },
    { code: 'NOT_GROWN_AGAIN', message: 'it was put back, but not grown again: is full' },
  ],
  [
    'may have been put back by a request without an answer',
    { changeTaken: false, restoreUnknownAt: LONG_AGO, changeAskedAt: LONG_AGO },
    { code: 'MAY_BE_PUT_BACK', message: expect.stringMatching(/earlier request .*: snapshot not found$/) },
  ],
  [
    'is as it was',
    { changeTaken: false, changeAskedAt: LONG_AGO },
    { code: 'NOT_FOUND', message: 'snapshot not found' },
  ],
])('rules 6 and 13: a restore that fails says that the volume %s', async (_what, overrides, error) => {
  const restoreError = new DriverError('REFUSED', 'NOT_FOUND', 'snapshot not found')
  const { settled } = await runReconcile(aLease({ ...RESTORED, ...overrides }), FOUND, { restoreError })
  expect(settled).toMatchObject([{ kind: 'CHANGE_REFUSED', error }])
})

const ADMITTED = { hosts: [], written: null }
test.each<[what: string, overrides: Partial<VolumeLease>, readsInventory: boolean]>([
  ['a creation', { leaseNumber: 1n }, true],
  ['a deletion', { state: 'DELETING', backendId: FOUND.backendId }, true],
  ['a change of labels', { state: 'UPDATING', formerProperties: { labels: {} }, changeTaken: true }, true],
  ['an attachment', { state: 'UPDATING', wantedAccess: { ...ADMITTED, change: 'BESIDE' } }, false],
  ['what is put back', { state: 'UPDATING', wantedAccess: { ...ADMITTED, change: 'AS_WRITTEN' } }, true],
  [
    'an attachment that finds the volume lost',
    { state: 'UPDATING', backendId: 'gone', wantedAccess: { ...ADMITTED, change: 'BESIDE' } },
    true,
  ],
])(
  'rule 9: after %s the inventory is read, or has nothing to tell',
  async (_what, overrides, readsInventory) => {
    const nudged: boolean[] = []
    const isCreation = overrides.leaseNumber === 1n
    const lease = aLease({ ...(!isCreation && { backendId: FOUND.backendId }), ...overrides })
    await runReconcile(lease, isCreation ? null : FOUND, { onNudge: (reads) => nudged.push(reads) })
    expect(nudged).toEqual([readsInventory])
  },
)

test.each<[what: string, overrides: Partial<VolumeLease>, asked: string[], kind: string]>([
  ['is deleted', { state: 'DELETING' }, ['DELETE theirs'], 'ABSENT'],
  ['grows', { state: 'RESIZING', sizeBytes: 2n * GIB }, ['RESIZE'], 'CHANGE_REFUSED'],
  [
    'is put back to a snapshot',
    { state: 'RESTORING', restoreBackendId: 'snapshot' },
    ['RESTORE'],
    'POSTPONED',
  ],
  ['gets other labels', { state: 'UPDATING', formerProperties: { labels: {} } }, ['CHANGE'], 'POSTPONED'],
  ['is attached', { state: 'UPDATING', wantedAccess: { ...ADMITTED, change: 'BESIDE' } }, [], 'PRESENT'],
])(
  'rules 2 and 9: one that somebody has renamed %s, as it is there under its id',
  async (_what, overrides, asked, kind) => {
    const lease = aLease({ backendId: FOUND.backendId, ...overrides })
    expect(await runReconcile(lease, { ...FOUND, name: 'astray' })).toMatchObject({
      asked,
      settled: [{ kind }],
    })
  },
)

test('one that no cluster takes has been given up with that: nothing is left to settle', async () => {
  const { settled } = await runReconcile(aLease({ leaseNumber: 1n }), FOUND, { replaced: 'NOWHERE' })
  expect(settled).toEqual(['NOWHERE'])
})

test.each<[leaseNumber: bigint, delayMs: number]>([
  [1n, 500],
  [4n, 2_000],
  [1_000n, 5_000],
])('a clone waits for its snapshot a little longer at each look: %i', async (leaseNumber, delayMs) => {
  const source = { state: 'CREATING', backendId: null, isOwn: true } as const
  const { asked, settled } = await runReconcile(aLease({ leaseNumber, source }), null)
  expect(asked).toEqual([])
  expect(settled).toMatchObject([{ kind: 'POSTPONED', error: null, delayMs }])
})
