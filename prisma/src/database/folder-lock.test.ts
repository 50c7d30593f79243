import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FolderInUseError, lockFolder } from './folder-lock.ts'

const MODULE = fileURLToPath(new URL('folder-lock.ts', import.meta.url))

let folder: string
let lines: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'))
})
afterEach(() => {
  mendDisk()
  rmSync(folder, { recursive: true, force: true })
  lines = []
})

const take = () => lockFolder(folder, (line) => lines.push(line))

/** Files can be made, but nothing is written into them. */
function fillDisk(): void {
  const { writeFileSync } = fs
  vi.spyOn(fs, 'writeFileSync').mockImplementation((path, _data, options) => {
    writeFileSync(path, '', options)
    throw new Error('ENOSPC')
  })
  syncBuiltinESMExports()
}

/** As the kernel leaves a disk after errors: nothing can be changed. */
function turnDiskReadOnly(): void {
  for (const change of ['writeFileSync', 'truncateSync', 'renameSync', 'rmSync'] as const) {
    vi.spyOn(fs, change).mockImplementation(() => {
      throw new Error('EROFS')
    })
  }
  syncBuiltinESMExports()
}

function mendDisk(): void {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
}

/** The source of another process that takes the folder and says whether it could. */
function takeAndSay(): string {
  return `
    const { lockFolder } = await import(${JSON.stringify(MODULE)})
    try { lockFolder(${JSON.stringify(folder)}, console.error); console.log('taken') } catch { console.log('refused') }`
}

function takeElsewhere(): string {
  const args = ['--input-type=module', '-e', takeAndSay()]
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
}

test('a folder is taken once, and free again when given up', () => {
  const unlock = take()
  expect(take).toThrow(new FolderInUseError(folder, process.pid))
  unlock()
  take()()
  expect(readdirSync(folder)).toHaveLength(1)
})

test('the claim of a process that is gone counts for nothing, even if its pid runs again', () => {
  writeFileSync(join(folder, 'lock-7.json'), JSON.stringify({ pid: process.pid, identity: 'another start' }))
  const unlock = take()
  expect(readdirSync(folder)).toEqual(['lock-8.json'])
  unlock()
})

test('a folder is given up on a full disk too, and what cannot be written leaves nothing behind', () => {
  const unlock = take()
  fillDisk()
  unlock()
  expect(take).toThrow('ENOSPC')
  expect(readdirSync(folder)).toEqual(['lock-1.json'])
  expect(takeElsewhere()).toBe('taken')
  expect(lines).toEqual([])
})

test('a claim that cannot be given up on the disk keeps others out, but not the process that gave it up', () => {
  const unlock = take()
  turnDiskReadOnly()
  unlock()
  expect(lines).toEqual([`the lock on ${folder} could not be given up on the disk: Error: EROFS`])
  expect(take).toThrow('EROFS')
  mendDisk()
  expect(takeElsewhere()).toBe('refused')
  const unlockAgain = take()
  expect(take).toThrow(FolderInUseError)
  unlockAgain()
  expect(takeElsewhere()).toBe('taken')
})

test('of many that find a dead claim at the same time exactly one gets the folder', async () => {
  writeFileSync(join(folder, 'lock-3.json'), JSON.stringify({ pid: 1, identity: 'long ago' }))
  const script = `
    await import(${JSON.stringify(MODULE)})
    process.stdin.once('data', async () => {${takeAndSay()}
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
