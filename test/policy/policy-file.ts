import { type PolicyDocument, parsePolicyDocument } from '@flotilla/core/policies/policy-document'
import { FileFault, readYamlFile, type YamlFile } from './yaml-file.ts'

export interface PolicyFile extends Pick<YamlFile, 'explain'> {
  readonly document: PolicyDocument
}

/** @throws FileFault with every fault of the policy */
export function readPolicyFile(path: string): PolicyFile {
  const { content, explain } = readYamlFile(path)
  const { faults } = parsePolicyDocument(content)
  if (faults) throw new FileFault(explain(faults))
  return { document: content as PolicyDocument, explain }
}
