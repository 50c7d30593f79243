import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOrMakeMasterKeys } from './master-key-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-keys-'))
  path = join(folder, 'master-key')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nothingSealed = async () => false
const somethingSealed = async () => true

test('several first starts at once end with one key, for the owner only', async () => {
  // All have seen that there is none before any makes it.
  const all = await Promise.all(Array.from({ length: 5 }, () => readOrMakeMasterKeys(path, nothingSealed)))
  expect(new Set(all.flat()).size).toBe(1)
  expect(readFileSync(path, 'utf8')).toBe(`${all[0]?.[0]}\n`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['master-key'])
  expect(await readOrMakeMasterKeys(path, somethingSealed)).toEqual(all[0])
})

test('no key is made for a database that another one has sealed', async () => {
  await expect(readOrMakeMasterKeys(path, somethingSealed)).rejects.toThrow(
    `${path} is missing, and the database holds what was sealed with its key: copy it from a host`,
  )
  expect(existsSync(path)).toBe(false)
})

test('the file may hold several keys, and nothing else', async () => {
  const keys = [2, 1].map((byte) => Buffer.alloc(32, byte).toString('base64'))
  writeFileSync(path, keys.join('\n'))
  expect(await readOrMakeMasterKeys(path, somethingSealed)).toEqual(keys)
  for (const broken of ['', `${keys[0]}\nhunter2`]) {
    writeFileSync(path, broken)
    await expect(readOrMakeMasterKeys(path, nothingSealed)).rejects.toThrow(`${path} does not hold 32 bytes`)
  }
})
