import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeAdminToken } from './write-admin-token.ts'

async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'flotilla-home-'))
  onTestFinished(() => rm(home, { recursive: true }))
  return home
}

async function expectOwnersOnly(path: string, text: string): Promise<void> {
  expect(await readFile(path, 'utf8')).toBe(text)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
}

test('the token is readable by the owner only, whatever was there before', async () => {
  const home = await makeHome()
  await writeFile(join(home, 'admin-token.new'), 'left over from a crash', { mode: 0o644 })
  const { path, former } = await writeAdminToken(home, 'flo_1_secret')
  expect(former).toBeNull()
  await expectOwnersOnly(path, 'flo_1_secret\n')
  expect(await readdir(home)).toEqual(['admin-token'])
})

test('the tokens of other databases are kept, each under a name of its own, for the owner only', async () => {
  const home = await makeHome()
  await writeFile(join(home, 'admin-token'), 'first\n', { mode: 0o644 })
  const second = await writeAdminToken(home, 'second')
  expect(second.former).toBe(join(home, 'admin-token-1'))
  const third = await writeAdminToken(home, 'third')
  expect(third.former).toBe(join(home, 'admin-token-2'))
  expect((await readdir(home)).toSorted()).toEqual(['admin-token', 'admin-token-1', 'admin-token-2'])
  await expectOwnersOnly(join(home, 'admin-token-1'), 'first\n')
  await expectOwnersOnly(join(home, 'admin-token-2'), 'second\n')
  await expectOwnersOnly(join(home, 'admin-token'), 'third\n')
})
