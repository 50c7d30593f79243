import { dirname, resolve } from 'node:path'
import { parseCaseFile } from '@flotilla/core/policy-cases/case-file'
import { type CaseResult, runCases } from '@flotilla/core/policy-cases/run-cases'
import { readPolicyFile } from './policy-file.ts'
import { FileFault, readYamlFile } from './yaml-file.ts'

/**
 * Decides the cases of a file. Its policy stands in it, or in another file, named from where the first one lies.
 *
 * @throws FileFault with every fault of the files
 */
export function testPolicy(path: string): readonly CaseResult[] {
  const { content, explain } = readYamlFile(path)
  const { file, faults } = parseCaseFile(withPolicy(content, path))
  if (file) return runCases(file)
  throw new FileFault(explain(faults))
}

function withPolicy(content: unknown, path: string): unknown {
  if (typeof content !== 'object' || content === null || !('policy' in content)) return content
  if (typeof content.policy !== 'string') return content
  return { ...content, policy: readPolicyFile(resolve(dirname(path), content.policy)).document }
}
