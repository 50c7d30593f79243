import { describe, expect, it } from 'vitest'
import { Refusal } from './refusal.ts'
import { parseByteCount, parseVolumeSize } from './size.ts'

const GIB = 1n << 30n

describe('sizes as callers write them', () => {
  it.each([
    ['4 gib', 4n * GIB],
    ['4 GiB', 4n * GIB],
    ['4 Gib', 4n * GIB],
    ['4gib', 4n * GIB],
    ['4294967296b', 4n * GIB],
    ['4294967296', 4n * GIB],
    ['8 mib', 8n << 20n],
    ['4kib', 4096n],
    ['2 TiB', 2n << 40n],
  ])('%s', (text, bytes) => {
    expect(parseVolumeSize(text)).toBe(bytes)
  })

  it.each(['', 'gib', '4 gb', '-4 gib', '4.5 gib', '4 gib x', '0', '4097', '0 gib'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseVolumeSize(text)).toThrow(Refusal)
    },
  )

  it('keeps every byte of a size beyond the safe integers', () => {
    expect(parseByteCount('9007199254740993')).toBe(9007199254740993n)
  })
})
