import { expect, it } from 'vitest'
import { redact } from './redact.ts'

it.each([
  ['the token itself', 'Bearer s3cret, s3cret', 'Bearer [hidden], [hidden]'],
  ['any JWT', 'sent eyJhbGciOi.eyJzdWI.c2ln here', 'sent [hidden] here'],
  ['line breaks and escapes', 'a\r\nb\u001b[0m', 'a b [0m'],
])('removes %s', (_what, text, expected) => {
  expect(redact(text, 's3cret')).toBe(expected)
})

it('hides before it shortens, so that no half of a token is left', () => {
  const text = `${'x'.repeat(395)}s3cret`
  expect(redact(text, 's3cret')).not.toContain('s3')
})
