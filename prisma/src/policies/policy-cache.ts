import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { parsePolicyDocument } from '@flotilla/core/policies/policy-document'
import type pg from 'pg'

/** Reads policies within a transaction. What a revision says never changes, so each is fetched and parsed once. */
export interface PolicyCache {
  /** The current revision as the transaction sees it; `null` when there is no policy of this name. */
  readCurrent(client: pg.ClientBase, name: string): Promise<PlacementPolicy | null>
}

/** More than any installation uses at once; beyond it the oldest are read again. */
const MAX_REMEMBERED = 1_000

export function createPolicyCache(): PolicyCache {
  const remembered = new Map<string, PlacementPolicy>()

  return {
    async readCurrent(client, name) {
      const { rows } = await client.query<{ revision: number }>(
        'SELECT current_revision AS revision FROM policy WHERE name = $1',
        [name],
      )
      const revision = rows[0]?.revision
      if (revision === undefined) return null
      const key = `${name}/${revision}`
      const policy = remembered.get(key) ?? (await fetchRevision(client, name, revision))
      remembered.set(key, policy)
      const [oldest] = remembered.keys()
      if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
      return policy
    },
  }
}

async function fetchRevision(
  client: pg.ClientBase,
  name: string,
  revision: number,
): Promise<PlacementPolicy> {
  const { rows } = await client.query<{ document: unknown }>(
    'SELECT document FROM policy_revision WHERE name = $1 AND revision = $2',
    [name, revision],
  )
  return toPolicy(name, revision, rows[0]?.document)
}

/** @throws when a stored document is not one that this release accepts */
export function toPolicy(name: string, revision: number, document: unknown): PlacementPolicy {
  const { policy, faults } = parsePolicyDocument(document, revision)
  if (policy) return policy
  const [fault] = faults
  throw new Error(
    `policy ${name}, revision ${revision}: ${fault?.path.join('.')} ${fault?.message}; allowed: ${fault?.allowed}`,
  )
}
