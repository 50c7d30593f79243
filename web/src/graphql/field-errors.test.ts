import { expect, test } from 'vitest'
import { fieldErrors } from './field-errors.ts'

const FIELDS: Record<string, 'name' | 'size'> = { name: 'name', sizeBytes: 'size' }

test('each issue goes to its field, the rest to the form as a whole', () => {
  const issues = [
    { path: ['name'], message: 'is empty', allowed: '1 to 253 characters' },
    { path: ['sizeBytes'], message: 'is 1', allowed: 'multiples of 4096' },
    { path: ['labels', '0'], message: 'has no key', allowed: 'key and value' },
  ]
  expect(fieldErrors(issues, (path) => FIELDS[path])).toEqual({
    name: 'It is empty. Allowed: 1 to 253 characters',
    size: 'It is 1. Allowed: multiples of 4096',
    form: 'labels.0 has no key. Allowed: key and value',
  })
})
