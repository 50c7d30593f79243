import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readCommit } from './read-commit.ts'

const folder = mkdtempSync(join(tmpdir(), 'flotilla commit '))
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
    cwd: folder,
    stdio: 'ignore',
  })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('sources are told by their commit, by what differs from it, and not at all without git', () => {
  expect(readCommit(folder)).toBeNull()
  git('init')
  writeFileSync(join(folder, 'a'), '1')
  git('add', 'a')
  git('commit', '-m', 'a')
  const commit = readCommit(folder)
  expect(commit).toMatch(/^[0-9a-f]{7,}$/)
  writeFileSync(join(folder, 'b'), '1')
  expect(readCommit(folder)).toBe(`${commit} + changes`)
})
