import { expect, test } from 'vitest'
import { parseMasterKeys } from './master-keys.ts'

const one = `${'A'.repeat(43)}=`
const two = `${'B'.repeat(42)}E=`

test.each<[string, string, readonly string[] | null]>([
  ['one', one, [one]],
  ['one in a line', `${one}\n`, [one]],
  ['several with commas', `${two},${one}`, [two, one]],
  ['several in lines', `${two}\n${one}\n`, [two, one]],
  ['commas and blanks', ` ${two}, ${one},`, [two, one]],
  ['none', '', null],
  ['only a comma', ',', null],
  ['one that is too short', `${one},${one.slice(1)}`, null],
  ['two without anything between', `${one}${two}`, null],
  ['hex', 'ab'.repeat(32), null],
])('%s', (_name, text, expected) => {
  expect(parseMasterKeys(text)).toEqual(expected)
})
