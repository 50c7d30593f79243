import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FolderInUseError, lockFolder } from './folder-lock.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a folder is taken once, and free again when given up', () => {
  const unlock = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(new FolderInUseError(folder, process.pid))
  unlock()
  lockFolder(folder)()
  expect(readdirSync(folder)).toHaveLength(1)
})

test('the claim of a process that is gone counts for nothing, even if its pid runs again', () => {
  writeFileSync(join(folder, 'lock-7.json'), JSON.stringify({ pid: process.pid, identity: 'another start' }))
  const unlock = lockFolder(folder)
  expect(readdirSync(folder)).toEqual(['lock-8.json'])
  unlock()
})

test('of many that find a dead claim at the same time exactly one gets the folder', async () => {
  writeFileSync(join(folder, 'lock-3.json'), JSON.stringify({ pid: 1, identity: 'long ago' }))
  const module = fileURLToPath(new URL('folder-lock.ts', import.meta.url))
  const script = `
    const { lockFolder } = await import(${JSON.stringify(module)})
    process.stdin.once('data', () => {
      try { lockFolder(${JSON.stringify(folder)}); console.log('taken') } catch { console.log('refused') }
    })
    console.log('waiting')`
  const contenders = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script]),
  )
  await Promise.all(contenders.map((contender) => once(contender.stdout, 'data')))
  const answers = contenders.map((contender) => once(contender.stdout, 'data'))
  for (const contender of contenders) contender.stdin.write('go\n')
  const outcomes = (await Promise.all(answers)).map(([chunk]) => String(chunk).trim())
  for (const contender of contenders) contender.kill('SIGKILL')
  expect(outcomes.toSorted()).toEqual(['refused', 'refused', 'refused', 'refused', 'refused', 'taken'])
}, 20_000)
