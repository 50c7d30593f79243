import { expect, test } from 'vitest'
import { readCommandLine, UsageError } from './command-line.ts'

test('options are off unless given', () => {
  expect(readCommandLine([])).toEqual({ demo: false, help: false })
  expect(readCommandLine(['--demo'])).toEqual({ demo: true, help: false })
})

test.each([['--dmeo'], ['demo'], ['--demo=yes']])('%s is an error that shows the usage', (argument) => {
  expect(() => readCommandLine([argument])).toThrow(UsageError)
  expect(() => readCommandLine([argument])).toThrow(/usage: npm start/)
})
