import type { PlacementPolicy } from './policy.ts'
import { parsePolicyDocument } from './policy-document.ts'

/**
 * The policy that is there from the start: a document's own defaults. 1.5 times over-provisioned is what thin volumes
 * commonly bear; a node turns read-only at 90 % full (clusters' documented default), so a tenth stays free.
 */
export const DEFAULT_POLICY: PlacementPolicy = defaultOf(parsePolicyDocument({ name: 'default' }))

/** Four polls may be missed, with some slack, before an observation is too old. */
const INTERVALS_UNTIL_TOO_OLD = 4.5

/** The default policy for an installation that polls this often. */
export function defaultPolicy(pollIntervalMs: number): PlacementPolicy {
  const maxObservationAgeMs = Math.max(
    DEFAULT_POLICY.maxObservationAgeMs,
    pollIntervalMs * INTERVALS_UNTIL_TOO_OLD,
  )
  return { ...DEFAULT_POLICY, maxObservationAgeMs }
}

function defaultOf({ policy }: ReturnType<typeof parsePolicyDocument>): PlacementPolicy {
  if (!policy) throw new Error('the defaults of a policy document are at fault')
  return policy
}
