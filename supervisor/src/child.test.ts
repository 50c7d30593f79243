import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { Child, ChildStartError } from './child.ts'
import { openProcessLog } from './process-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'flotilla child '))
const { execPath } = process
const started: Child[] = []
let lines: string[] = []

afterEach(async () => {
  process.execPath = execPath
  await Promise.all(started.splice(0).map((child) => child.stop()))
  lines = []
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function startChild(source: string, settings?: Promise<Record<string, string>>): Child {
  const script = join(folder, `program-${started.length}-${lines.length}.ts`)
  writeFileSync(script, source)
  const log = openProcessLog({ format: 'pretty', colorize: false, output: (line) => lines.push(line) })
  const child = new Child({ name: 'program', script, env: { GREETING: 'hello' }, settings, log })
  started.push(child)
  return child
}

const serve = `
  console.log(process.env.GREETING)
  process.send?.({ type: 'ready', url: 'http://127.0.0.1:1' })
  process.on('SIGTERM', () => process.exit(0))
  // Nothing else keeps it running.
  setInterval(() => {}, 60_000)
`

test('it is ready when it says so, with its address, environment and output', async () => {
  const child = startChild(serve)
  expect(await child.ready).toBe('http://127.0.0.1:1')
  await vi.waitUntil(() => lines.includes('program   | hello'))
})

test('one that ends before it is ready has failed, and is not tried again', async () => {
  const child = startChild(`console.error('no such thing'); process.exit(3)`)
  await expect(child.ready).rejects.toThrow(new ChildStartError('the program could not start (exit code 3)'))
  expect(child.pid).toBeUndefined()
})

test('one that crashes later is started again', async () => {
  const child = startChild(serve)
  await child.ready
  const first = child.pid
  if (first === undefined) throw new Error('not running')
  process.kill(first, 'SIGKILL')
  await vi.waitUntil(() => child.pid !== undefined && child.pid !== first, { timeout: 10_000 })
  await vi.waitFor(
    () =>
      expect(lines.join('\n')).toContain(
        'program   | ended unexpectedly (SIGKILL); starting it again in 1 s',
      ),
    { timeout: 10_000 },
  )
})

const serveWithSettings = `
  import { completeEnvironment } from '${fileURLToPath(new URL('../../core/src/settings/complete-environment.ts', import.meta.url))}'
  console.log('loaded')
  const { GREETING, NAME } = await completeEnvironment(process)
  console.log(GREETING, NAME)
  ${serve}
`

test('one whose settings follow loads meanwhile, and has them at once when it is started again', async () => {
  const known = Promise.withResolvers<Record<string, string>>()
  const child = startChild(serveWithSettings, known.promise)
  await vi.waitUntil(() => lines.includes('program   | loaded'))
  expect(lines).toHaveLength(1)
  known.resolve({ NAME: 'fleet' })
  await child.ready
  const first = child.pid
  if (first === undefined) throw new Error('not running')
  process.kill(first, 'SIGKILL')
  const greetings = () => lines.filter((line) => line === 'program   | hello fleet')
  await vi.waitUntil(() => greetings().length === 2, { timeout: 10_000 })
})

test('one whose settings never come is stopped like any other', async () => {
  const child = startChild(serveWithSettings, new Promise(() => {}))
  await vi.waitUntil(() => lines.includes('program   | loaded'))
  const { pid } = child
  await child.stop()
  expect(pid === undefined || isRunning(pid)).toBe(false)
})

test('stop lets it end in order and leaves no process', async () => {
  const child = startChild(serve)
  await child.ready
  const { pid } = child
  await child.stop()
  expect(pid === undefined || isRunning(pid)).toBe(false)
})

test.each([
  { how: 'says so later', path: '/no/such/node', reason: 'spawn /no/such/node ENOENT' },
  { how: 'throws', path: 'no\0node', reason: 'must be a string without null bytes' },
])(
  'a process that cannot be made ($how) is tried again, and one that never was has failed',
  async ({ path, reason }) => {
    const child = startChild(serve)
    await child.ready
    const first = child.pid
    if (first === undefined) throw new Error('not running')
    process.execPath = path
    process.kill(first, 'SIGKILL')
    await vi.waitUntil(() => lines.some((line) => line.endsWith('starting it again in 2 s')), {
      timeout: 10_000,
    })
    expect(lines.join('\n')).toContain(reason)
    await expect(startChild(serve).ready).rejects.toThrow(reason)
    process.execPath = execPath
    await vi.waitUntil(() => child.pid !== undefined, { timeout: 10_000 })
    await child.stop()
  },
)

test('one that is asked to stop before it is known that it could not be made has stopped', async () => {
  process.execPath = '/no/such/node'
  await startChild(serve).stop()
})

test('one for which there are no files left has failed', () => {
  const [child, log] = ['child.ts', 'process-log.ts'].map((file) => new URL(file, import.meta.url).href)
  const script = `
    import { openSync } from 'node:fs'
    const { Child } = await import('${child}')
    const { openProcessLog } = await import('${log}')
    const log = openProcessLog({ format: 'pretty', colorize: false, output: console.log })
    console.log('opens what it writes to')
    try { for (;;) openSync('/dev/null') } catch {}
    await new Child({ name: 'program', script: '/none.ts', env: {}, log }).ready.catch(({ message }) => console.log(message))`
  const args = ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', execPath, script]
  expect(execFileSync('/bin/sh', args, { encoding: 'utf8' })).toMatch(/could not start \(spawn .* EMFILE\)/)
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
