import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCursor, parseCursor } from './fleet-event.ts'

const column = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

test('a cursor comes back as the position it was made of', () => {
  fc.assert(
    fc.property(column, column, (transaction, sequence) => {
      expect(parseCursor(formatCursor(transaction, sequence))).toEqual({ transaction, sequence })
    }),
  )
})

test.each([
  ['nothing', ''],
  ['one number', '12'],
  ['three numbers', '1.2.3'],
  ['a missing number', '1.'],
  ['a sign', '-1.2'],
  ['blanks', ' 1.2'],
  ['a line behind it', '1.2\n'],
  ['hexadecimal', '0x1.2'],
  ['more digits than a number has', '10000000000000000000.1'],
  ['a transaction beyond 2^63', '9223372036854775808.1'],
  ['a sequence beyond 2^63', '1.9223372036854775808'],
])('no cursor: %s', (_name, text) => {
  expect(parseCursor(text)).toBeNull()
})
