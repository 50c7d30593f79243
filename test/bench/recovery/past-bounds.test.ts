import { expect, test } from 'vitest'
import { greatestOf, pastBounds } from './past-bounds.ts'

const measured = (slowestChange: number, recordsEqual: number) => ({
  name: 'Redis is emptied',
  slowestChange,
  recordsEqual,
  bounds: { slowestChange: 15, recordsEqual: 25 },
})

test.each([
  ['at the bounds', measured(15, 25), []],
  [
    'a change too slow',
    measured(15.04, 25),
    ['Redis is emptied: the slowest change took 15.0 s, and may take 15'],
  ],
  [
    'equal too late',
    measured(0, 26),
    ['Redis is emptied: the records equalled the clusters after 26.0 s, and may take 25'],
  ],
  ['without a bound', { ...measured(99, 1), bounds: {} }, []],
])('%s', (_name, each, lines) => {
  expect(pastBounds([each])).toEqual(lines)
})

test('one round past a bound is enough', () => {
  const rounds = [measured(3, 9), measured(16, 8), measured(2, 7)]
  expect(greatestOf(rounds)).toEqual({ slowestChange: 16, recordsEqual: 9 })
})
