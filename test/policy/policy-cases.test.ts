import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPolicyFile } from './policy-file.ts'
import { testPolicy } from './test-policy.ts'
import { FileFault } from './yaml-file.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const exampleText = readFileSync(new URL('example.json', import.meta.url), 'utf8')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-policy-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every line that is told about the file; none when it has no fault. */
function faultsOf(command: 'test' | 'check', text: string): readonly string[] {
  const file = writeFile(text)
  try {
    if (command === 'check') readPolicyFile(file)
    else testPolicy(file)
    return []
  } catch (error) {
    if (!(error instanceof FileFault)) throw error
    return error.message.replaceAll(`${file}:`, '').split('\n')
  }
}

function writeFile(text: string): string {
  const file = join(folder, 'file.yaml')
  writeFileSync(file, text)
  return file
}

function policy(...args: readonly string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
}

test.each(['docs/policies/gold-cases.yaml', 'test/policy/example.json'])('the example %s holds', (path) => {
  const { status, stdout } = policy('test', join(root, path))
  expect(stdout).toMatch(/\d requests, 0 mismatches/)
  expect(status).toBe(0)
})

test('the example of a policy has no fault', () => {
  expect(policy('check', join(root, 'docs/policies/gold.yaml'))).toMatchObject({
    status: 0,
    stdout: 'policy gold: no fault\n',
  })
})

test('a mismatch is told with its reasons, and the exit code says so', () => {
  const text = exampleText.replace('"refused": "GROUP_LIMIT"', '"cluster": "paris-1"')
  const { status, stdout } = policy('test', writeFile(text))
  expect(status).toBe(1)
  expect(stdout).toMatch(/MISMATCH +a group takes each site once +3 +paris-1 +refused: GROUP_LIMIT/)
  expect(stdout).toContain('site=berlin holds 1 of group db')
  expect(stdout).toContain('8 requests, 1 mismatches')
})

test('a file at fault is told so on the error stream, and the exit code says so', () => {
  const file = writeFile('name: Gold')
  for (const command of ['check', 'test']) {
    const { status, stdout, stderr } = policy(command, file)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr.startsWith(`${file}:1:1: `)).toBe(true)
  }
})

test('every fault of a policy is told with line, column, path and what is allowed', () => {
  const text = `name: Gold
limits:
  minFreeRatio: 0.1
  maxProvisionedRatio:
    create: "2"
colour: red`
  expect(faultsOf('check', text)).toEqual([
    '1:1: name: is "Gold"; allowed: 1 to 63 lower-case letters, digits or "-"',
    '3:3: limits.minFreeRatio: is 0.1; allowed: a decimal in quotes from "0" to "1", at most six places',
    '4:3: limits.maxProvisionedRatio.resize: is missing; allowed: at least the limit for create',
    expect.stringMatching(/^6:1: colour: is no field here; allowed: an object with name, description/),
  ])
  expect(faultsOf('check', '')).toEqual([
    expect.stringMatching(/^1:1: is null; allowed: an object with name/),
  ])
})

test.each([
  ['a bracket that stays open', 'name: [gold', '1:12: '],
  ['a tab as indentation', 'name: gold\nlimits:\n\tminFreeRatio: "1"', '3:1: '],
  ['a key twice', 'name: gold\nname: silver', '2:1: '],
  ['two documents', 'name: gold\n---\nname: silver', '2:1: '],
  ['a tag that nobody knows', 'name: !secret gold', '1:7: '],
  ['an alias without its anchor', 'name: *gold', ' Unresolved alias'],
  ['broken JSON', '{ "name": "gold", }}', '1:20: '],
])('what is no YAML is told with line and column: %s', (_name, text, beginning) => {
  expect(faultsOf('check', text)[0]).toMatch(new RegExp(`^${beginning}`))
})

test('aliases that grow beyond all measure are refused', () => {
  const nine = (entry: string) => `[${Array(9).fill(entry).join(', ')}]`
  const levels = Array.from(
    { length: 9 },
    (_, level) => `  - &a${level} ${nine(level ? `*a${level - 1}` : 'x')}`,
  )
  const faults = faultsOf('check', ['name: gold', 'require:', ...levels].join('\n'))
  expect(faults).toEqual([expect.stringContaining('Excessive alias count')])
})

test('an anchor may be used again, and a fault in it is told where it stands', () => {
  const text = (key: string) => `name: gold\nrequire: [&a { key: ${key}, operator: Exists }, *a]`
  expect(faultsOf('check', text('tier'))).toEqual([])
  expect(faultsOf('check', text('1'))).toEqual([
    expect.stringMatching(/^2:16: require\.0\.key: is 1; /),
    expect.stringMatching(/^2:16: require\.1\.key: is 1; /),
  ])
})

test('a size keeps every byte, written as a number or with its unit', () => {
  const policyOf = (size: string) => `name: gold\nlimits: { maxVolumeSize: ${size} }`
  const tooLarge = `${2n ** 60n + 1n}`
  expect(faultsOf('check', policyOf(tooLarge))).toEqual([expect.stringContaining(`: is "${tooLarge}"; `)])
  for (const size of ['1EiB', '"16 TiB"', '1048576', '0x100000']) {
    expect(faultsOf('check', policyOf(size))).toEqual([])
  }
  const limit = 2n ** 60n - 4095n
  const decide = (size: bigint) =>
    testPolicy(
      writeFile(`policy: { name: p, limits: { maxVolumeSize: ${limit} } }
fleet: [{ name: a, effective: 7EiB }]
cases: [{ name: c, requests: [{ size: ${size}, replicas: 1, expect: { cluster: a } }] }]`),
    ).map(({ actual }) => actual)
  expect(decide(limit)).toEqual(['a'])
  expect(decide(limit + 1n)).toEqual(['refused: VOLUME_TOO_LARGE'])
})

test('every fault of a case file is told, those of the policy too, in the order of the file', () => {
  const text = exampleText.replace('"1.2"', '"9999"').replaceAll('"10TiB"', '"10TB"')
  expect(faultsOf('test', text)).toEqual([
    expect.stringMatching(
      /^7:42: policy\.limits\.maxProvisionedRatio\.create: is "9999"; allowed: a decimal/,
    ),
    expect.stringMatching(/^14:7: fleet\.0\.effective: is "10TB"; allowed: a whole number of bytes/),
    expect.stringMatching(/^20:7: fleet\.1\.effective: is "10TB"; allowed: /),
    expect.stringMatching(/^54:11: cases\.3\.requests\.0\.size: is "10TB"; allowed: /),
  ])
  expect(() => testPolicy(writeFile('policy: nowhere.yaml'))).toThrow(/nowhere\.yaml: cannot be read/)
  expect(() => testPolicy(join(folder, 'nowhere.yaml'))).toThrow(/nowhere\.yaml: cannot be read/)
})

test('a cluster that the fleet does not have is a fault, not a mismatch', () => {
  const text = exampleText.replace('"cluster": "munich-1"', '"cluster": "x"')
  expect(faultsOf('test', text)).toEqual([
    '40:54: cases.1.requests.1.expect.cluster: is "x", which the fleet has not; allowed: berlin-1, berlin-2, munich-1, paris-1',
  ])
})

test('a clone, an excluded cluster and pending bytes decide as they would for a real request', () => {
  const decide = (fleet: string, requests: string) =>
    testPolicy(
      writeFile(`policy: { name: p, limits: { maxProvisionedRatio: { create: "1", resize: "1" } }, defaults: { replicas: 1 } }
fleet: [{ name: a, effective: 10TiB${fleet} }, { name: b, effective: 10TiB, provisioned: 1TiB }]
cases: [{ name: c, requests: ${requests} }]`),
    ).map(({ actual }) => actual)
  const request = (more: string) => `[{ size: 2TiB${more}, expect: { cluster: a } }]`
  expect(decide('', request(''))).toEqual(['a'])
  expect(decide('', request(', exclude: [a]'))).toEqual(['b'])
  expect(decide('', request(', pinnedTo: b'))).toEqual(['b'])
  expect(decide('', request(', pinnedTo: b, exclude: [b]'))).toEqual([
    expect.stringMatching(/^refused: (EXCLUDED|NOT_SOURCE_CLUSTER), /),
  ])
  expect(decide(', pending: 2TiB', request(''))).toEqual(['b'])
  expect(decide(', provisioned: 5TiB, pending: 4TiB', request(', pinnedTo: a'))).toEqual([
    expect.stringContaining('PROMISED_LIMIT'),
  ])
})

test('what cannot be of a clone, an exclusion and pending bytes is told with its path', () => {
  const faults = (fleet: string, more: string) =>
    faultsOf(
      'test',
      `policy: { name: p }
fleet: [{ name: a, effective: 1TiB${fleet} }]
cases: [{ name: c, requests: [{ size: 1GiB${more}, expect: { cluster: a } }] }]`,
    )
  expect(faults('', ', pinnedTo: x, exclude: [a, y]')).toEqual([
    expect.stringMatching(/cases\.0\.requests\.0\.pinnedTo: is "x", which the fleet has not; allowed: a$/),
    expect.stringMatching(/cases\.0\.requests\.0\.exclude\.1: is "y", which the fleet has not; allowed: a$/),
  ])
  expect(faults('', ', pinnedTo: a, growsOn: a')).toEqual([
    expect.stringMatching(
      /requests\.0\.pinnedTo: is "a" beside growsOn; allowed: pinnedTo for a new clone, or growsOn/,
    ),
  ])
  expect(faults('', ', exclude: a')).toEqual([
    expect.stringMatching(/requests\.0\.exclude: is "a"; allowed: a list of names$/),
  ])
  expect(faults(', pending: 1TB', '')).toEqual([
    expect.stringMatching(/fleet\.0\.pending: is "1TB"; allowed: a whole number of bytes/),
  ])
})

test('growth from a present size is held against the limit for growth, and the new size against the largest', () => {
  const decide = (fromTib: bigint, toBytes: bigint) =>
    testPolicy(
      writeFile(`policy: { name: p, limits: { maxProvisionedRatio: { create: "1", resize: "1.5" }, maxVolumeSize: 8TiB }, defaults: { replicas: 1 } }
fleet: [{ name: a, effective: 10TiB, provisioned: 9TiB, adminState: CORDONED }, { name: b, effective: 99TiB }]
cases: [{ name: c, requests: [{ size: ${toBytes}, growsOn: a, growsFrom: ${fromTib}TiB, expect: { cluster: a } }] }]`),
    ).map(({ actual, explanation }) => [actual, explanation])
  const tib = 1n << 40n
  // 15 TiB may be promised for growth, and 9 are.
  expect(decide(1n, 7n * tib)).toEqual([['a', expect.stringContaining('a scores')]])
  expect(decide(1n, 7n * tib + 1n)).toEqual([
    ['refused: PROMISED_LIMIT', expect.stringContaining('of 1.50 allowed')],
  ])
  expect(decide(6n, 8n * tib)).toEqual([['a', expect.anything()]])
  expect(decide(6n, 8n * tib + 1n)).toEqual([
    ['refused: VOLUME_TOO_LARGE', 'a 8.01 TiB asked for, a volume may have 8.00 TiB'],
  ])
})

test('growth counts for what comes next, and the volume that grew may grow again', () => {
  const results = testPolicy(
    writeFile(`policy: { name: p, limits: { maxProvisionedRatio: { create: "1", resize: "1" } }, defaults: { replicas: 1 } }
fleet: [{ name: a, effective: 10TiB, provisioned: 4TiB }]
cases:
  - name: c
    requests:
      - { size: 5TiB, growsOn: a, growsFrom: 2TiB, expect: { cluster: a } }
      - { size: 4TiB, expect: { refused: PROMISED_LIMIT } }
      - { size: 8TiB, growsOn: a, growsFrom: 5TiB, expect: { cluster: a } }
      - { size: 9TiB, growsOn: a, growsFrom: 8TiB, expect: { refused: PROMISED_LIMIT } }`),
  )
  expect(results.filter(({ holds }) => !holds)).toEqual([])
})

test('a cluster that no poll has seen yet takes nothing, whatever is said of it', () => {
  const decide = (more: string) =>
    testPolicy(
      writeFile(`policy: { name: p }
fleet: [{ name: a, observed: false${more} }, { name: b, effective: 1GiB }]
cases: [{ name: c, requests: [{ size: 1TiB, exclude: [b], expect: { cluster: a } }] }]`),
    ).map(({ actual, explanation }) => `${actual}: ${explanation}`)
  expect(decide('')).toEqual([
    expect.stringMatching(/^refused: .*NOT_CONNECTED.*a is PENDING, must be CONNECTED/),
  ])
  expect(decide(', connection: CONNECTED, health: OK')).toEqual([
    expect.stringMatching(/^refused: .*NOT_OBSERVED.*a has not been observed yet/),
  ])
  expect(decide(', adminState: CORDONED')).toEqual([expect.stringContaining('CORDONED')])
})

test('what cannot be of growth and of a cluster that no poll has seen is told with its path', () => {
  const faults = (cluster: string, request: string) =>
    faultsOf(
      'test',
      `policy: { name: p }
fleet: [{ name: a${cluster} }, { name: b, effective: 1TiB }]
cases: [{ name: c, requests: [{ ${request}, expect: { cluster: b } }] }]`,
    )
  expect(faults(', observed: false, effective: 1TiB, pending: 0', 'size: 1GiB')).toEqual([
    expect.stringMatching(
      /^2:37: fleet\.0\.effective: is no field here; allowed: an object with observed, name, labels, adminState, joinedAgoMs, connection, health$/,
    ),
    expect.stringMatching(/^2:54: fleet\.0\.pending: is no field here; /),
  ])
  expect(faults(', observed: "no"', 'size: 1GiB')).toEqual([
    expect.stringMatching(/fleet\.0\.observed: is "no"; allowed: true or false$/),
  ])
  expect(faults('', 'size: 1GiB')).toEqual([
    expect.stringMatching(
      /fleet\.0\.effective: is missing; allowed: a whole number of bytes.*, or observed: false$/,
    ),
  ])
  expect(faults(', observed: true, effective: 1TiB', 'size: 1GiB, growsFrom: 1MiB')).toEqual([
    expect.stringMatching(/requests\.0\.growsFrom: is there without growsOn; allowed: beside growsOn$/),
  ])
  for (const from of [1024, 1025]) {
    expect(faults(', effective: 1TiB', `size: 1KiB, growsOn: a, growsFrom: ${from}`)).toEqual([
      expect.stringContaining(
        `cases.0.requests.0.size: is 1024 beside growsFrom ${from}; allowed: the size afterwards, more than ${from}`,
      ),
    ])
  }
  expect(faults(', effective: 1TiB', 'size: 2GiB, growsOn: a, growsFrom: 1GB')).toEqual([
    expect.stringMatching(/requests\.0\.growsFrom: is "1GB"; allowed: a whole number of bytes/),
  ])
})

test.each([
  [[]],
  [['test']],
  [['tests', 'a']],
  [['check', 'a', 'b']],
  [['test', 'a', '--colour']],
  [['test', 'a', '--revision', '1']],
])('a wrong command is told with the right ones: %s', (args) => {
  const { status, stderr } = policy(...args)
  expect(status).toBe(2)
  expect(stderr).toContain('npm run policy -- COMMAND')
})
