import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { beforeEach, expect, test } from 'vitest'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'

const BUSY = new DriverError('UNAVAILABLE', 'BUSY', 'busy')
const asking = (retryAfterMs: number) =>
  new DriverError('UNAVAILABLE', 'THROTTLED', 'later', { retryAfterMs })

let nowMs: number
let breaker: CircuitBreaker

beforeEach(() => {
  nowMs = 1_000_000
  breaker = createCircuitBreaker({ now: () => nowMs, random: () => 0 })
})

function fail(times: number, error = BUSY): void {
  for (let time = 0; time < times; time++) breaker.ended('cls_sick', error)
}

test('N2: some failures change nothing; the fifth one running gives the cluster a rest, and only this cluster', () => {
  fail(4)
  expect(breaker.admit('cls_sick')).toBe(0)
  fail(1)
  expect(breaker.admit('cls_sick')).toBe(1_000)
  expect(breaker.admit('cls_other')).toBe(0)
})

test('a success in between begins the count anew', () => {
  fail(4)
  breaker.ended('cls_sick', null)
  fail(4)
  expect(breaker.admit('cls_sick')).toBe(0)
})

test('N2: after the rest one finds out; the others wait until it is known', () => {
  fail(5)
  nowMs += 1_000
  expect(breaker.admit('cls_sick')).toBe(0)
  expect(breaker.admit('cls_sick')).toBe(1_000)
  breaker.ended('cls_sick', null)
  expect(breaker.admit('cls_sick')).toBe(0)
  expect(breaker.admit('cls_sick')).toBe(0)
})

test('N2: each failed try doubles the rest, up to ten seconds', () => {
  fail(5)
  const rests: number[] = []
  for (let attempt = 0; attempt < 6; attempt++) {
    const restMs = breaker.admit('cls_sick')
    rests.push(restMs)
    nowMs += restMs
    expect(breaker.admit('cls_sick')).toBe(0)
    fail(1)
  }
  expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
})

test('those that were under way together count once', () => {
  fail(32)
  expect(breaker.admit('cls_sick')).toBe(1_000)
})

test('N2: what the cluster asks for is heeded at once, up to a minute', () => {
  fail(1, asking(7_000))
  expect(breaker.admit('cls_sick')).toBe(7_000)
  fail(1, asking(3_600_000))
  expect(breaker.admit('cls_sick')).toBe(60_000)
})

test('a refusal is an answer; a fault of our own says nothing about the cluster', () => {
  fail(5)
  nowMs += 1_000
  expect(breaker.admit('cls_sick')).toBe(0)
  breaker.ended('cls_sick', new Error('the database is away'))
  expect(breaker.admit('cls_sick')).toBe(0)
  breaker.ended('cls_sick', new DriverError('REFUSED', 'NO_SPACE', 'full'))
  fail(4)
  expect(breaker.admit('cls_sick')).toBe(0)
})
