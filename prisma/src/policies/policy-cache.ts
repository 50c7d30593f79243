import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { parsePolicyDocument } from '@flotilla/core/policies/policy-document'
import type pg from 'pg'

/** Reads policies within a transaction. What a revision says never changes, so each is fetched and parsed once. */
export interface PolicyCache {
  /** The current revision as the transaction sees it; `null` when there is no policy of this name. */
  readCurrent(client: pg.ClientBase, name: string): Promise<PlacementPolicy | null>
  /** The same, with what decides beside it. */
  readDeciding(client: pg.ClientBase, name: string): Promise<DecidingPolicy | null>
}

export interface DecidingPolicy {
  readonly policy: PlacementPolicy
  readonly shadow: CurrentShadow | null
}

/** The current revision of a policy's shadow. */
export interface CurrentShadow {
  readonly policy: PlacementPolicy
  /** Tells this setting from an earlier or later one. */
  readonly since: Date
}

/** More than any installation uses at once; beyond it the oldest are read again. */
const MAX_REMEMBERED = 1_000

interface RevisionsRow {
  revision: number
  shadow_name: string | null
  shadow_revision: number | null
  since: Date | null
}

export function createPolicyCache(): PolicyCache {
  const remembered = new Map<string, PlacementPolicy>()

  const readRevision = async (client: pg.ClientBase, name: string, revision: number) => {
    const key = `${name}/${revision}`
    const policy = remembered.get(key) ?? (await fetchRevision(client, name, revision))
    remembered.set(key, policy)
    const [oldest] = remembered.keys()
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    return policy
  }

  const cache: PolicyCache = {
    async readCurrent(client, name) {
      return (await cache.readDeciding(client, name))?.policy ?? null
    },

    async readDeciding(client, name) {
      const { rows } = await client.query<RevisionsRow>(
        `SELECT policy.current_revision AS revision, shadow_name, shadow.current_revision AS shadow_revision, since
         FROM policy LEFT JOIN policy_shadow ON policy_name = policy.name
           LEFT JOIN policy AS shadow ON shadow.name = shadow_name
         WHERE policy.name = $1`,
        [name],
      )
      const [row] = rows
      if (!row) return null
      const policy = await readRevision(client, name, row.revision)
      const { shadow_name, shadow_revision, since } = row
      if (shadow_name === null || shadow_revision === null || since === null) return { policy, shadow: null }
      return { policy, shadow: { policy: await readRevision(client, shadow_name, shadow_revision), since } }
    },
  }
  return cache
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
