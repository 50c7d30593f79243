import type { GraphQLScalarType } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../schema.ts'

const dateTime = schema.getType('DateTime') as GraphQLScalarType<Date>

test.each([
  ['2026-11-22T08:56:01.123Z', '2026-11-22T08:56:01.123Z'],
  ['2026-11-22T08:56:01+02:00', '2026-11-22T06:56:01.000Z'],
  ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9998-12-31T23:59:59Z', '9998-12-31T23:59:59.000Z'],
])('%s is %s', (text, moment) => {
  expect(dateTime.parseValue(text).toISOString()).toBe(moment)
})

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-04-31T00:00:00+02:00',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-01-01T00:00:00Z',
  '2026-11-22T08:56:01',
  '2026-11-22',
  '',
  0,
  null,
])('%j is no moment', (input) => {
  expect(() => dateTime.parseValue(input)).toThrow('is no DateTime; allowed: a moment of the years 1 to 9998')
})
