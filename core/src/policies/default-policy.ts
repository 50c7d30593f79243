import type { PlacementPolicy } from './policy.ts'

/**
 * The policy that is there from the start. 1.5 times over-provisioned is what thin volumes commonly bear; a node turns
 * read-only at 90 % full (clusters' documented default), so a tenth stays free; three missed polls at the default
 * interval make an observation stale, with some slack.
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
