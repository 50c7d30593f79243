import { expect, test } from 'vitest'
import { BENCHMARKS, readOptions, USAGE } from './options.ts'

test('a name is enough, and the help tells all of them', () => {
  for (const name of BENCHMARKS) {
    expect(readOptions([name])).toMatchObject({ name, rounds: 3, profile: false })
    expect(USAGE).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
  expect(readOptions(['--help'])).toBe('help')
})

test.each(['decision', 'durable', 'create'])('%s can be profiled', (name) => {
  expect(readOptions([name, '--profile'])).toMatchObject({ name, profile: true })
})

test.each([
  [[], 'name one benchmark: '],
  [['restart', 'polling'], 'name one benchmark: '],
  [['quality', '--rounds', '0'], '--rounds: "0" is not allowed; allowed is 1 to 100'],
  [['polling', '--queue', 'Kafka'], '--queue: "Kafka" is not allowed; allowed is PostgreSQL or Redis'],
  [['restart', '--profile'], '--profile: not allowed with restart; allowed with decision, durable, create'],
])('%j is refused, and told why', (args, message) => {
  expect(() => readOptions(args)).toThrow(message)
})
