import { expect, test } from 'vitest'
import { tokenExpiry } from './token-expiry.ts'

const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

test.each<[string, string, string | null]>([
  ['a JWT with exp', jwt({ exp: 1_800_000_000 }), '2027-01-15T08:00:00.000Z'],
  ['one that never expires', jwt({ sub: 'flotilla' }), null],
  ['an exp that is no number', jwt({ exp: 'soon' }), null],
  ['an exp that no calendar holds', jwt({ exp: 1e300 }), null],
  ['claims that are none', jwt(null), null],
  ['a payload that is no JSON', 'a.b.c', null],
  ['an opaque token', 'secret', null],
])('%s', (_name, token, expected) => {
  expect(tokenExpiry(token)?.toISOString() ?? null).toBe(expected)
})
