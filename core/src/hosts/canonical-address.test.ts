import { expect, test } from 'vitest'
import { canonicalAddress } from './canonical-address.ts'

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['2001:0DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:0a00:0001', '10.0.0.1'],
  ['0:0:0:0:0:ffff:0.0.0.1', '0.0.0.1'],
])('%s is written %s', (address, text) => {
  expect(canonicalAddress(address)).toBe(text)
  expect(canonicalAddress(text)).toBe(text)
})
