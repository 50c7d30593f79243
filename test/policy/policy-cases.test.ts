import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCaseFile } from '@flotilla/core/policies/case-file'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const example = fileURLToPath(new URL('example.json', import.meta.url))
const exampleText = readFileSync(example, 'utf8')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-policy-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(text: string) {
  const file = join(folder, 'cases.json')
  writeFileSync(file, text)
  return spawnSync(process.execPath, [main, 'test', file], { encoding: 'utf8' })
}

test('the example holds', () => {
  const output = execFileSync(process.execPath, [main, 'test', example], { encoding: 'utf8' })
  expect(output).toContain('8 requests, 0 mismatches')
})

test('a mismatch is told with its reasons, and the exit code says so', () => {
  const { status, stdout } = run(exampleText.replace('"refused": "GROUP_LIMIT"', '"cluster": "paris-1"'))
  expect(status).toBe(1)
  expect(stdout).toMatch(/MISMATCH +a group takes each site once +3 +paris-1 +refused: GROUP_LIMIT/)
  expect(stdout).toContain('site=berlin holds 1 of group db')
  expect(stdout).toContain('8 requests, 1 mismatches')
})

test('every fault of a file is told with its path, those of the policy too', () => {
  const { status, stderr } = run(exampleText.replace('"1.2"', '"9999"').replaceAll('"10TiB"', '"10TB"'))
  expect(status).toBe(2)
  expect(stderr).toContain('policy.limits.maxProvisionedRatio.create: is "9999"; allowed:')
  expect(stderr).toContain('fleet.0.effective: "10TB" is no count of bytes')
  expect(run('{').status).toBe(2)
})

test('a cluster that the fleet does not have is a fault, not a mismatch', () => {
  const { faults } = parseCaseFile(JSON.parse(exampleText.replace('"cluster": "munich-1"', '"cluster": "x"')))
  expect(faults).toEqual([{ path: ['cases', '1', 'requests', '1'], message: 'the fleet has no cluster "x"' }])
})
