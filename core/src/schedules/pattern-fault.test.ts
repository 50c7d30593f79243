import { expect, test } from 'vitest'
import { isTimeZone } from './is-time-zone.ts'
import { patternFault } from './pattern-fault.ts'

test.each([
  '* * * * *',
  '0 3 * * *',
  '*/15 8-18 * * MON-FRI',
  '0 0 1 JAN,jul *',
  '0 0 L * *',
  '0 0 29 2 *',
  ' 0  3 * * 7 ',
])('"%s" can be read', (pattern) => {
  expect(patternFault(pattern)).toBeNull()
})

test.each([
  ['', '"" has 0 fields'],
  ['3', '"3" has 1 fields'],
  ['@daily', '"@daily" has 1 fields'],
  ['0 0 3 * * *', '"0 0 3 * * *" has 6 fields'],
  ['2026-11-22T03:00:00', '"2026-11-22T03:00:00" has 1 fields'],
  ['60 3 * * *', 'the minute "60" cannot be read'],
  ['0 25 * * *', 'the hour "25" cannot be read'],
  ['0 3 0 * *', 'the day of month "0" cannot be read'],
  ['0 3 * 13 *', 'the month "13" cannot be read'],
  ['0 3 * * 8', 'the day of week "8" cannot be read'],
  ['H 3 * * *', 'the minute "H" cannot be read'],
  ['*/0 3 * * *', 'the minute "*/0" cannot be read'],
  ['5-1 3 * * *', 'the minute "5-1" cannot be read'],
  ['0 0 30 2 *', '"0 0 30 2 *" never comes'],
  [`0 3 * * ${'1,'.repeat(100)}1`, 'has 209 characters'],
])('"%s" cannot: %s', (pattern, fault) => {
  expect(patternFault(pattern)).toBe(fault)
})

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Etc/GMT+5', true],
  ['', false],
  ['+02:00', false],
  ['Moon/Base', false],
  ['Europe/Berlin ', false],
])('"%s" is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected)
})
