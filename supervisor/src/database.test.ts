import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Database } from './database.ts'

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
