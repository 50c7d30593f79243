import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('without options: kills, restarts and outages that a night takes', () => {
  expect(readOptions([])).toMatchObject({ kills: 1_000, restarts: 5, outages: 3, keepFolder: 'chaos-1' })
})

test('outages are asked for by their number, none by 0', () => {
  expect(readOptions(['--outages', '7'])).toMatchObject({ outages: 7 })
  expect(readOptions(['--outages', '0'])).toMatchObject({ outages: 0 })
})

test.each(['-1', '1.5', 'many', ''])('--outages=%s is refused, with what is allowed', (text) => {
  expect(() => readOptions([`--outages=${text}`])).toThrow(/--outages: .* a whole number, 0 to 1000/)
})
