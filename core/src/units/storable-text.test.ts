import { expect, test } from 'vitest'
import { storableTextFault } from './storable-text.ts'

test.each([
  ['nothing', '', null],
  ['a whole surrogate pair', 'a\u{1f4be}', null],
  ['other control characters', 'a\t\u0001\n', null],
  ['NUL', 'a\0b', 'has the character U+0000'],
  ['the first half of a pair', 'a\ud83d', 'has half of a surrogate pair'],
  ['the second half of a pair', '\udcbe', 'has half of a surrogate pair'],
])('%s', (_name, text, fault) => {
  expect(storableTextFault(text)).toBe(fault)
})
