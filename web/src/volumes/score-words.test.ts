import { expect, test } from 'vitest'
import { describeMargin, describeScore } from './score-words.ts'

const fraction = (decimal: number, numerator = String(Math.round(decimal * 1_000_000))) => ({
  numerator,
  denominator: '1000000',
  decimal,
})
const term = (name: 'PROJECTED_RATIO' | 'CURRENT_RATIO' | 'PREFERENCE' | 'GROUP_SPREAD', value: number) => ({
  name,
  explanation: name === 'GROUP_SPREAD' ? '1 of the group in the same site' : 'tier In [gold]',
  value: fraction(value),
})

test.each([
  ['the projected ratio alone', 0.1234, [term('PROJECTED_RATIO', 0.1234)], null],
  ['the ratio before', 0.1, [term('CURRENT_RATIO', 0.1)], 'Score 0.1000 = 0.1000 ratio before'],
  [
    'a preference',
    0.0734,
    [term('PROJECTED_RATIO', 0.1234), term('PREFERENCE', -0.05)],
    'Score 0.0734 = 0.1234 projected ratio − 0.0500 prefers tier In [gold]',
  ],
  [
    'a group, below zero',
    -0.3,
    [term('PROJECTED_RATIO', 0.2), term('PREFERENCE', -1.5), term('GROUP_SPREAD', 1)],
    'Score −0.3000 = 0.2000 projected ratio − 1.5000 prefers tier In [gold] + 1.0000 group 1 of the group in the same site',
  ],
] as const)('the score of %s', (_name, score, terms, words) => {
  expect(describeScore({ score: fraction(score), terms: [...terms] })).toBe(words)
})

test('a rejected one has neither score nor margin', () => {
  expect(describeScore({ score: null, terms: [] })).toBeNull()
  expect(describeMargin({ margin: null })).toBeNull()
})

test.each([
  [fraction(0.0123), '0.0123 ahead of the next'],
  [fraction(0, '0'), 'Equal with the next; a hash of the ids decides'],
  [fraction(0, '1'), 'Less than 0.0001 ahead of the next'],
  [fraction(-0.2), '0.2000 behind the next, which yields'],
])('margin %o', (margin, words) => {
  expect(describeMargin({ margin })).toBe(words)
})
