import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toId } from '../identity/ids.ts'
import { sampleUuid } from '../testing/sample-fleet.ts'
import { OPERATION_KINDS, OPERATION_STATES, type Operation } from './operation.ts'
import type { OperationFacts } from './operation-facts.ts'
import { operationSteps } from './operation-steps.ts'

const at = (second: number) => new Date(second * 1_000)
const clusterId = (number: number) => toId('Cluster', sampleUuid(number))
const id = toId('Operation', sampleUuid(1))

const creation: Operation = {
  id,
  kind: 'CREATE_VOLUME',
  state: 'RUNNING',
  clusterId: null,
  volumeId: toId('Volume', sampleUuid(2)),
  snapshotId: null,
  hostId: null,
  scheduleId: null,
  policyName: null,
  actor: 'tester',
  idempotencyKey: null,
  parentId: null,
  formerId: null,
  progress: null,
  attemptCount: 1,
  attempts: [],
  error: null,
  createdAt: at(1),
  startedAt: at(2),
  finishedAt: null,
}
const facts: OperationFacts = {
  operationId: id,
  volume: { state: 'CREATING', changeAskedAt: null, isObserved: false, observedAt: null },
  snapshotState: null,
  placements: [{ clusterId: clusterId(1), decidedAt: at(1) }],
  bulk: null,
  drain: null,
}
const words = (operation: Partial<Operation>, known: Partial<OperationFacts> = {}) =>
  operationSteps({ ...creation, ...operation }, { ...facts, ...known }).map(
    ({ kind, state }) => `${kind} ${state}`,
  )

test('a creation, from its place to the first inventory that contains it', () => {
  expect(words({ state: 'PENDING' })).toEqual([
    'PLACE DONE',
    'ASK PENDING',
    'CONFIRM PENDING',
    'OBSERVE PENDING',
  ])
  expect(words({})).toEqual(['PLACE DONE', 'ASK RUNNING', 'CONFIRM PENDING', 'OBSERVE PENDING'])
  const done = { state: 'SUCCEEDED', finishedAt: at(4) } as const
  expect(words(done)).toEqual(['PLACE DONE', 'ASK DONE', 'CONFIRM DONE', 'OBSERVE PENDING'])
  const seen = { state: 'AVAILABLE', changeAskedAt: null, isObserved: true, observedAt: at(6) } as const
  expect(words(done, { volume: seen }).at(-1)).toBe('OBSERVE DONE')
  expect(words(done, { volume: { ...seen, state: 'DELETED', isObserved: false } }).at(-1)).toBe(
    'OBSERVE SKIPPED',
  )
})

test('each cluster that refused is a step that failed, with the time of the next choice', () => {
  const placements = [1, 2].map((number) => ({ clusterId: clusterId(number), decidedAt: at(number) }))
  const steps = operationSteps({ ...creation, state: 'FAILED' }, { ...facts, placements })
  expect(steps.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    'PLACE DONE',
    'ASK FAILED',
    'PLACE DONE',
    'ASK FAILED',
    'CONFIRM SKIPPED',
    'OBSERVE SKIPPED',
  ])
  expect(steps[1]).toMatchObject({ clusterId: clusterId(1), finishedAt: at(2) })
})

test('when no further cluster could have it, that is the step that failed', () => {
  const placements = [clusterId(1), null].map((each, index) => ({ clusterId: each, decidedAt: at(index) }))
  expect(words({ state: 'FAILED' }, { placements })).toEqual([
    'PLACE DONE',
    'ASK FAILED',
    'PLACE FAILED',
    'CONFIRM SKIPPED',
    'OBSERVE SKIPPED',
  ])
})

test('what is done at once, and what was refused at once, has one step', () => {
  const renaming = { kind: 'UPDATE_VOLUME', state: 'SUCCEEDED', attemptCount: 0 } as const
  expect(words(renaming)).toEqual(['RECORD DONE'])
  const refused = { kind: 'DELETE_VOLUME', state: 'FAILED', attemptCount: 0 } as const
  expect(words(refused)).toEqual(['RECORD FAILED'])
})

test('a cancelled change goes no further', () => {
  const change = { kind: 'RESIZE_VOLUME', state: 'CANCELLED' } as const
  expect(words(change)).toEqual(['RECORD DONE', 'ASK SKIPPED', 'CONFIRM SKIPPED'])
})

test('a bulk operation begins its items and ends them', () => {
  const bulk = { pending: 1, running: 1, succeeded: 1, failed: 0, cancelled: 0 }
  expect(words({ kind: 'DELETE_VOLUMES' }, { bulk })).toEqual(['BEGIN_ITEMS RUNNING', 'END_ITEMS RUNNING'])
  expect(words({ kind: 'DELETE_VOLUMES' }, { bulk: { ...bulk, pending: 0 } })[0]).toBe('BEGIN_ITEMS DONE')
})

test('of every operation: nothing runs or waits once it has ended, but what a poll is yet to see', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...OPERATION_KINDS),
      fc.constantFrom(...OPERATION_STATES),
      fc.nat(2),
      (kind, state, tries) => {
        const steps = operationSteps({ ...creation, kind, state, attemptCount: tries }, facts)
        const isOpen = state === 'PENDING' || state === 'RUNNING'
        const open = steps.filter((step) => step.state === 'RUNNING' || step.state === 'PENDING')
        if (!isOpen) expect(open.every((step) => step.kind === 'OBSERVE')).toBe(true)
        else expect(open.length).toBeGreaterThan(0)
      },
    ),
  )
})
