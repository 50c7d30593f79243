import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { crashOnceAt } from './crash-points.ts'
import { patchedEnv, type SourcePatch } from './source-patch.ts'

const PROGRAM = fileURLToPath(new URL('sample-program.ts', import.meta.url))
const MODULE = 'test/testkit/patches/sample-program.ts'
const ANCHOR = 'process.exit(ANSWER)'

const folder = mkdtempSync(join(tmpdir(), 'flotilla-patches-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(patches: readonly SourcePatch[]): Promise<number | string> {
  const child = fork(PROGRAM, [], { env: { PATH: process.env.PATH, ...patchedEnv(patches) }, execArgv: [] })
  const [code, signal] = await once(child, 'exit')
  return code ?? signal
}

test('a process runs what the patch says, and the file stays as it is', async () => {
  expect(await run([])).toBe(7)
  expect(await run([{ module: MODULE, find: 'ANSWER: number = 7', replace: 'ANSWER: number = 8' }])).toBe(8)
  expect(await run([])).toBe(7)
})

test('a crash point kills once', async () => {
  const mark = join(folder, 'mark')
  const patches = [crashOnceAt({ module: MODULE, before: ANCHOR }, mark)]
  expect(await run(patches)).toBe('SIGKILL')
  expect(existsSync(mark)).toBe(true)
  expect(await run(patches)).toBe(7)
})

test('a patch that fits nowhere, or in two places, is a fault of the test', () => {
  expect(() => patchedEnv([{ module: MODULE, find: 'nowhere', replace: '' }])).toThrow('0 times')
  expect(() => patchedEnv([{ module: MODULE, find: 'ANSWER', replace: '' }])).toThrow('2 times')
})
