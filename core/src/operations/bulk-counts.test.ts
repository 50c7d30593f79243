import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkState } from './bulk-counts.ts'

const few = fc.integer({ min: 0, max: 3 })
const counts = fc.record({ pending: few, running: few, succeeded: few, failed: few, cancelled: few })
const NONE = { pending: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 }

test.each([
  [{}, 'SUCCEEDED'],
  [{ pending: 2 }, 'PENDING'],
  [{ pending: 1, running: 1 }, 'RUNNING'],
  [{ pending: 1, failed: 1 }, 'RUNNING'],
  [{ succeeded: 2 }, 'SUCCEEDED'],
  [{ succeeded: 1, failed: 1 }, 'PARTIAL'],
  [{ succeeded: 1, cancelled: 1 }, 'PARTIAL'],
  [{ failed: 1, cancelled: 1 }, 'FAILED'],
  [{ cancelled: 2 }, 'CANCELLED'],
])('%j is %s', (given, state) => {
  expect(bulkState({ ...NONE, ...given })).toBe(state)
})

test('it has ended exactly when no item is open, and is done exactly when all are', () => {
  fc.assert(
    fc.property(counts, (given) => {
      const state = bulkState(given)
      expect(['PENDING', 'RUNNING'].includes(state)).toBe(given.pending + given.running > 0)
      const isDone = given.pending + given.running + given.failed + given.cancelled === 0
      expect(state === 'SUCCEEDED').toBe(isDone)
      expect(state === 'PARTIAL').toBe(!isDone && given.pending + given.running === 0 && given.succeeded > 0)
    }),
  )
})

test('an item that ends never makes a whole that has ended go on', () => {
  fc.assert(
    fc.property(counts, fc.constantFrom('succeeded', 'failed', 'cancelled'), (given, outcome) => {
      fc.pre(given.running > 0)
      const next = bulkState({ ...given, running: given.running - 1, [outcome]: given[outcome] + 1 })
      expect(next).not.toBe('PENDING')
    }),
  )
})
