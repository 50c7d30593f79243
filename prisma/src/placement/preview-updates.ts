import type { DomainError } from '@flotilla/core/errors'
import { decideBatch } from '@flotilla/core/placement/decide-batch'
import type { UpdateIntent } from '@flotilla/core/placement/placement-intent'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { refuseUnknownPolicy } from '../policies/refuse-unknown-policy.ts'
import { groupByPolicy } from './group-by-policy.ts'
import { readFacts } from './read-facts.ts'
import { readSnapshot } from './read-snapshot.ts'

/** The decisions of a real batch for each policy, without its locks and its writes; one answer for each, in order. */
export async function previewUpdates(
  database: Database,
  policies: PolicyCache,
  intents: readonly UpdateIntent[],
): Promise<readonly (DomainError | null)[]> {
  const faults = new Map<UpdateIntent, DomainError>()
  const waiting = intents.map((wanted) => ({ wanted }))
  for (const [policyName, part] of await groupByPolicy(database.pool, waiting)) {
    const wanted = part.map((each) => each.wanted)
    const facts = await inTransaction(database.pool, async (client) => {
      const policy = await policies.readCurrent(client, policyName)
      if (!policy) throw await refuseUnknownPolicy(client, policyName, ['policy'])
      const snapshot = await readSnapshot(client, policy)
      return { ...snapshot, ...(await readFacts(client, wanted, false)), policy, sources: new Map() }
    })
    for (const [index, outcome] of decideBatch(wanted, facts).entries()) {
      const intent = wanted[index]
      if (intent && outcome.kind === 'REFUSED') faults.set(intent, outcome.error)
    }
  }
  return intents.map((intent) => faults.get(intent) ?? null)
}
