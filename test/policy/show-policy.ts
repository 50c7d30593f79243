import { stringify } from 'yaml'
import type { ApiClient } from '../testkit/api-client.ts'
import { POLICY_FIELDS, type PolicyAnswer, toDocument } from './api-document.ts'

const READ = `query ($name: String!, $revision: Int) { policy(name: $name, revision: $revision) {
  ${POLICY_FIELDS} revision createdAt createdBy } }`

interface RevisionAnswer extends PolicyAnswer {
  readonly revision: number
  readonly createdAt: string
  readonly createdBy: string
}

/**
 * A policy as a file, with what it leaves to its defaults, too.
 *
 * @param revision the one in force when null
 * @throws Error when there is none
 */
export async function showPolicy(api: ApiClient, name: string, revision: number | null): Promise<string> {
  const { policy } = await api.ask<{ policy: RevisionAnswer | null }>(READ, { name, revision })
  if (!policy)
    throw new Error(`there is no policy "${name}"${revision === null ? '' : ` of revision ${revision}`}`)
  const { revision: number, createdAt, createdBy, ...document } = policy
  return `# revision ${number}, made ${createdAt} by ${createdBy}\n${stringify(toDocument(document))}`
}
