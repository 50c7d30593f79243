import { expect, test } from 'vitest'
import { readOptions, USAGE } from './options.ts'

test.each([
  [[], 'a command is missing; allowed: plan CLUSTER'],
  [['move', 'munich-1'], '"move" is no command; allowed: plan CLUSTER'],
  [['plan'], 'the cluster is missing; allowed: plan CLUSTER'],
  [['plan', 'a', 'b'], '"b" is too much; allowed: plan CLUSTER'],
  [['plan', 'a', '--colour'], "Unknown option '--colour'"],
  [['plan', 'a', '--host', ''], '--host is empty'],
  [['plan', 'a', '--url', 'nowhere'], '--url: "nowhere" is no URL'],
  [['plan', 'a', '--token', '/nowhere'], 'no token in /nowhere'],
])('a wrong command is told with the right one: %s', (args, fault) => {
  expect(() => readOptions(args, {})).toThrow(fault)
})

test('help names every option', () => {
  expect(readOptions(['--help'], {})).toEqual({ kind: 'help' })
  for (const name of ['host', 'out', 'url', 'token']) expect(USAGE).toContain(`--${name} `)
})
