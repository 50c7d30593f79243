import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runToEnd } from '../testkit/run-to-end.ts'
import { type Stack, startStack } from '../testkit/stack.ts'

const main = fileURLToPath(new URL('../policy/main.ts', import.meta.url))
const gold = fileURLToPath(new URL('../../docs/policies/gold.yaml', import.meta.url))

let stack: Stack
let folder: string
let tokenFile: string

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 5 }, register: false })
  folder = mkdtempSync(join(tmpdir(), 'flotilla-policy-'))
  tokenFile = writeFile('token', `${stack.api.token}\n`)
})

afterAll(async () => {
  await stack?.close()
  rmSync(folder, { recursive: true, force: true })
})

function writeFile(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

function policy(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return runToEnd(process.execPath, [main, ...args], { PATH: process.env.PATH, ...env })
}

const there = () => ['--url', stack.api.url, '--token', tokenFile]

test('a file is applied: created, in force already, changed; its revisions are kept', async () => {
  expect(await policy(['apply', gold, ...there()])).toEqual({
    status: 0,
    stdout: 'policy gold: created, revision 1\n',
    stderr: '',
  })
  expect((await policy(['apply', gold, ...there()])).stdout).toBe(
    'policy gold: is in force already, revision 1\n',
  )
  const changed = writeFile('changed.yaml', readFileSync(gold, 'utf8').replace('16TiB', '8193GiB'))
  expect((await policy(['apply', changed, ...there()])).stdout).toBe('policy gold: changed, revision 2\n')
  const { policy: found } = await stack.api.ask(
    `{ policy(name: "gold") { revision limits { maxVolumeSizeBytes } require { operator } prefer { weight }
        defaults { qosPolicy } } }`,
  )
  expect(found).toEqual({
    revision: 2,
    limits: { maxVolumeSizeBytes: `${8193n << 30n}` },
    require: [{ operator: 'IN' }],
    prefer: [{ weight: '0.05' }],
    defaults: { qosPolicy: 'gold' },
  })
})

test('what is shown is a file: it says all that the policy says, and applied under another name makes the same', async () => {
  const shown = await policy(['show', 'gold', '--revision', '1', ...there()])
  expect(shown.status).toBe(0)
  expect(shown.stdout).toMatch(/^# revision 1, made \S+ by \S+\nname: gold\n/)
  expect(shown.stdout).toContain('maxVolumeSize: 16TiB')
  expect(shown.stdout).toContain('resize: "1.5"')
  const body = (output: string) => output.slice(output.indexOf('description:'))
  const copy = writeFile('copy.yaml', shown.stdout.replace('name: gold', 'name: copy'))
  expect(await policy(['check', copy])).toMatchObject({ status: 0 })
  expect(await policy(['apply', copy, ...there()])).toMatchObject({ status: 0 })
  expect(body((await policy(['show', 'copy', ...there()])).stdout)).toBe(body(shown.stdout))
  expect(await policy(['show', 'none', ...there()])).toEqual({
    status: 1,
    stdout: '',
    stderr: 'there is no policy "none"\n',
  })
})

test('every operator of a label comes back as it was written', async () => {
  const rules = ['In, values: [x]', 'NotIn, values: [x]', 'Exists', 'DoesNotExist']
  const file = writeFile(
    'rules.yaml',
    `name: rules\nrequire: [${rules.map((rule, index) => `{ key: k${index}, operator: ${rule} }`).join(', ')}]`,
  )
  await policy(['apply', file, ...there()])
  const { stdout } = await policy(['show', 'rules', ...there()])
  expect([...stdout.matchAll(/operator: (\w+)/g)].map(([, operator]) => operator)).toEqual([
    'In',
    'NotIn',
    'Exists',
    'DoesNotExist',
  ])
})

test('address and token come from the environment, too', async () => {
  const { hostname, port } = new URL(stack.api.url)
  const env = { HOST: hostname, PORT: port, FLOTILLA_HOME: folder }
  writeFile('admin-token', stack.api.token)
  expect(await policy(['show', 'default'], env)).toMatchObject({ status: 0, stderr: '' })
})

test('a file at fault is not sent; a refusal, a wrong token and a Flotilla that is away are told', async () => {
  const faulty = writeFile('faulty.yaml', 'name: Gold')
  expect(await policy(['apply', faulty, '--url', 'http://127.0.0.1:1', '--token', tokenFile])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('faulty.yaml:1:1: name: is "Gold"'),
  })
  expect(await policy(['apply', gold, '--url', 'http://127.0.0.1:1', '--token', tokenFile])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/ECONNREFUSED|bad port/),
  })
  const wrong = writeFile('wrong-token', 'flo_nobody')
  const refused = await policy(['apply', gold, '--url', stack.api.url, '--token', wrong])
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('UNAUTHENTICATED') })
  expect(await policy(['apply', gold, '--url', 'nowhere', '--token', tokenFile])).toMatchObject({ status: 2 })
  expect(await policy(['apply', gold, '--url', stack.api.url, '--token', join(folder, 'no')])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no token in'),
  })
})

test('of two that apply at the same time one makes the revision, and nothing is lost unseen', async () => {
  const files = ['a', 'b'].map((word) => writeFile(`${word}.yaml`, `name: race\ndescription: ${word}`))
  await policy(['apply', writeFile('first.yaml', 'name: race'), ...there()])
  const outcomes = await Promise.all(files.map((file) => policy(['apply', file, ...there()])))
  const { policy: race } = await stack.api.ask<{ policy: { revisions: { description: string }[] } }>(
    '{ policy(name: "race") { revisions { description } } }',
  )
  const made = outcomes.filter(({ status }) => status === 0).length
  expect(race.revisions).toHaveLength(1 + made)
  for (const { status, stderr } of outcomes) if (status !== 0) expect(stderr).toContain('expected revision 1')
})
