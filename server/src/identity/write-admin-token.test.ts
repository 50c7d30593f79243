import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeAdminToken } from './write-admin-token.ts'

test('the token is readable by the owner only, whatever was there before', async () => {
  const home = await mkdtemp(join(tmpdir(), 'flotilla-home-'))
  onTestFinished(() => rm(home, { recursive: true }))
  await writeFile(join(home, 'admin-token'), 'old', { mode: 0o644 })
  await writeFile(join(home, 'admin-token.new'), 'left over from a crash', { mode: 0o644 })
  const path = await writeAdminToken(home, 'flo_1_secret')
  expect(await readFile(path, 'utf8')).toBe('flo_1_secret\n')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(home)).toEqual(['admin-token'])
})
