import { readFileSync } from 'node:fs'
import { parseCaseFile } from '@flotilla/core/policies/case-file'
import { type CaseResult, runCases } from '@flotilla/core/policies/run-cases'
import { formatResults } from './format-results.ts'

const USAGE = `npm run policy -- test FILE

Decides the cases of a file with the placer of the product, and tells where it disagrees. FILE is JSON (YAML is not read):

  policy  a policy document
  fleet   clusters: name, effective; labels, provisioned, used, maxReplicas, volumeCount, adminState, connection,
          health, observedAgoMs, joinedAgoMs, recent, groups when they matter
  cases   name and requests, placed one after the other: size; replicas, group, growsOn when they matter; and
          expect, either { "cluster": NAME } or { "refused": REASON }

test/policy/example.json is one. The exit code is 0 when every case holds, 1 when one does not, 2 when the file is at fault.
`

function main([command, path, ...more]: readonly string[]): number {
  if (command === '--help') {
    console.log(USAGE)
    return 0
  }
  if (command !== 'test' || path === undefined || more.length > 0) {
    console.error(USAGE)
    return 2
  }
  const results = decideFile(path)
  console.log(formatResults(results))
  return results.every(({ holds }) => holds) ? 0 : 1
}

/** @throws with every fault of the file */
function decideFile(path: string): readonly CaseResult[] {
  const { file, faults } = parseCaseFile(JSON.parse(readFileSync(path, 'utf8')))
  if (file) return runCases(file)
  throw new Error(faults.map((fault) => `${fault.path.join('.')}: ${fault.message}`).join('\n'))
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
