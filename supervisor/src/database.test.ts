import fs, { mkdtempSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { Database } from './database.ts'

afterEach(mendDisk)

function breakDisk(changes: readonly ('writeFileSync' | 'truncateSync')[], message: string): void {
  for (const change of changes) {
    vi.spyOn(fs, change).mockImplementation(() => {
      throw new Error(message)
    })
  }
  syncBuiltinESMExports()
}

function mendDisk(): void {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
}

test('when PostgreSQL is killed it comes back at the same address; stopping it is final', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'flotilla-database-'))
  const lines: string[] = []
  const database = await Database.start({ dataFolder, log: (line) => lines.push(line) })
  const first = database.pid
  process.kill(first, 'SIGKILL')
  await vi.waitUntil(() => database.pid !== first, { timeout: 20_000 })
  expect(lines).toContain('PostgreSQL ended unexpectedly (signal SIGKILL); starting it again in 1 s')
  const second = database.pid
  await database.stop()
  expect(() => process.kill(second, 0)).toThrow()
  rmSync(dataFolder, { recursive: true, force: true })
}, 60_000)

test.each([
  { disk: 'full', changes: ['writeFileSync'], message: 'ENOSPC' },
  { disk: 'read-only', changes: ['writeFileSync', 'truncateSync'], message: 'EROFS' },
] as const)(
  'when PostgreSQL ends on a $disk disk it is tried again until it comes back',
  async ({ changes, message }) => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'flotilla-database-'))
    const lines: string[] = []
    const database = await Database.start({ dataFolder, log: (line) => lines.push(line) })
    const first = database.pid
    breakDisk(changes, message)
    process.kill(first, 'SIGKILL')
    await vi.waitUntil(() => lines.some((line) => line.endsWith('starting it again in 2 s')), {
      timeout: 20_000,
    })
    expect(lines).toContain(message)
    mendDisk()
    await vi.waitUntil(() => database.pid !== first, { timeout: 20_000 })
    await database.stop()
    rmSync(dataFolder, { recursive: true, force: true })
  },
  60_000,
)
