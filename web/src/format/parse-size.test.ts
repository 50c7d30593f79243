import { describe, expect, test } from 'vitest'
import { parseSize, splitSize } from './parse-size.ts'

describe('parseSize', () => {
  test.each([
    ['100', 'GiB', 100n << 30n],
    ['1.5', 'TiB', 3n << 39n],
    [' 2 ', 'TiB', 2n << 40n],
    ['0.5', 'GiB', 1n << 29n],
  ] as const)('%s %s', (text, unit, bytes) => {
    expect(parseSize(text, unit)).toBe(bytes)
  })

  test.each(['', '0', '-1', '1e3', '1,5', 'many', '0.1', '1.'])('refuses %j', (text) => {
    expect(parseSize(text, 'GiB')).toBeNull()
  })
})

test('splitSize gives back what parseSize reads', () => {
  for (const bytes of [1n << 40n, 100n << 30n, 3n << 29n]) {
    const { text, unit } = splitSize(bytes)
    expect(parseSize(text, unit)).toBe(bytes)
  }
})
