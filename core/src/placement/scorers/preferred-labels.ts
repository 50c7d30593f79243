import { describeRequirement, meetsRequirement } from '../../policies/label-requirement.ts'
import type { PlacementPolicy } from '../../policies/policy.ts'
import type { Candidate } from '../candidate.ts'
import type { ScoreTerm } from '../verdict.ts'

/** One term for each preference that the cluster matches, its weight counting in its favour. */
export function preferredLabels({ labels }: Candidate, { prefer }: PlacementPolicy): readonly ScoreTerm[] {
  return prefer
    .filter((preference) => meetsRequirement(labels, preference))
    .map((preference) => ({
      name: 'PREFERENCE',
      explanation: describeRequirement(preference),
      value: { numerator: -preference.weight.numerator, denominator: preference.weight.denominator },
    }))
}
