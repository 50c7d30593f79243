import type { PlacementPolicy } from './policy.ts'

/**
 * The policy that is there from the start. 1.5 times over-provisioned is what thin volumes commonly bear; a node turns
 * read-only at 90 % full (clusters' documented default), so a tenth stays free.
 */
export const DEFAULT_POLICY: PlacementPolicy = {
  name: 'default',
  revision: 1,
  maxProvisionedRatio: { numerator: 150n, denominator: 100n },
  maxProvisionedRatioForResize: { numerator: 175n, denominator: 100n },
  minFreeRatio: { numerator: 10n, denominator: 100n },
  expectedUseRatio: { numerator: 25n, denominator: 100n },
  maxObservationAgeMs: 45_000,
  defaultReplicas: 2,
  defaultCompression: false,
}

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
