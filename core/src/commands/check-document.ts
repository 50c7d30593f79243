import type { PlacementPolicy } from '../policies/policy.ts'
import { parsePolicyDocument } from '../policies/policy-document.ts'
import type { InputIssues } from './input-issues.ts'

/** Notes every fault of the document that stands in `input.document`; its exact form, when it has none. */
export function checkDocument(issues: InputIssues, document: unknown): PlacementPolicy | undefined {
  const { policy, faults } = parsePolicyDocument(document)
  for (const fault of faults ?? []) issues.add({ ...fault, path: ['document', ...fault.path] })
  return policy
}
