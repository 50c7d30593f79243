import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalInput } from './canonical-input.ts'

const text = (input: unknown) => canonicalInput('CREATE_VOLUME', input)

test.each<[name: string, a: unknown, b: unknown]>([
  ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['the order of keys further in', { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }],
  ['the order of keys inside lists', [{ b: 1, c: 2 }], [{ c: 2, b: 1 }]],
  ['a field that is undefined', { a: 1, b: undefined }, { a: 1 }],
  ['equal moments', { at: new Date(1_000) }, { at: new Date(1_000) }],
  ['equal bytes', { sizeBytes: 2n ** 62n }, { sizeBytes: 2n ** 62n }],
])('makes no difference: %s', (_name, a, b) => {
  expect(text(a)).toBe(text(b))
})

test.each<[name: string, a: unknown, b: unknown]>([
  ['another value', { a: 1 }, { a: 2 }],
  ['one byte beyond 2^53', { sizeBytes: 2n ** 62n }, { sizeBytes: 2n ** 62n + 1n }],
  ['another moment', { at: new Date(1_000) }, { at: new Date(1_001) }],
  ['a missing field', { a: 1, b: 2 }, { a: 1 }],
  ['null instead of a missing field', { a: null }, {}],
  ['the order of a list', { endpoints: ['a', 'b'] }, { endpoints: ['b', 'a'] }],
  ['the same text under another key', { a: 'x' }, { b: 'x' }],
  ['a label moved into its neighbour', { labels: { a: 'b,c' } }, { labels: { a: 'b', c: '' } }],
  ['a label with a name that every object has', { labels: { ['__proto__']: 'x' } }, { labels: {} }],
])('makes a difference: %s', (_name, a, b) => {
  expect(text(a)).not.toBe(text(b))
})

test('another kind of command is another input', () => {
  expect(canonicalInput('DETACH_CLUSTER', {})).not.toBe(canonicalInput('DELETE_VOLUME', {}))
})

test('any shuffle of keys gives the same text', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (input) => {
      expect(text(Object.fromEntries(Object.entries(input).reverse()))).toBe(text(input))
    }),
  )
})
