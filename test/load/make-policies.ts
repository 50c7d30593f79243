import type { ApiClient } from '../testkit/api-client.ts'
import { createPolicy } from '../testkit/policies.ts'

/** Beside the default one. */
export const POLICIES = [
  { name: 'load-spread', spread: { label: 'cluster', mode: 'SPREAD' } },
  {
    name: 'load-preferring',
    prefer: [{ key: 'site', operator: 'IN', values: ['north'], weight: '0.05' }],
    share: { cap: '0.4', windowMs: 600_000 },
  },
  { name: 'load-apart', spread: { label: 'cluster', mode: 'ANTI_AFFINITY', maxPerValue: 3 } },
]

/** Makes those that are not there yet. @throws Error when one is refused for another reason */
export async function makePolicies(api: ApiClient): Promise<void> {
  for (const document of POLICIES) {
    const { __typename, message } = await createPolicy(api, document)
    if (!['CreatePolicyPayload', 'NameTakenError'].includes(__typename)) {
      throw new Error(`policy ${document.name} was refused: ${message}`)
    }
  }
}
