import type { SpreadRule } from '../../policies/policy.ts'
import { spreadValue } from '../group-counts.ts'
import { type RequestFilter, reject } from './filter.ts'

/** A cluster without the label cannot be told apart from the others, so under a limit it does not qualify. */
export const keepsGroupApart: RequestFilter = {
  name: 'GROUP',
  refuse({ group }, candidate, { policy: { spread }, groupCounts }) {
    if (!spread || !groupCounts || spread.maxPerValue === null) return null
    const { label, maxPerValue } = spread
    const value = spreadValue(candidate, spread)
    if (value === undefined) {
      return reject(
        'GROUP_LIMIT',
        `has no label ${label}, which group ${group} is kept apart by`,
        `label it with ${label}`,
      )
    }
    const present = groupCounts.get(value) ?? 0
    if (present < maxPerValue) return null
    return reject(
      'GROUP_LIMIT',
      describeMembers(group, present, { label, maxPerValue }, value),
      `move or delete ${present - maxPerValue + 1} of the group's volumes there`,
    )
  },
  passes({ group }, candidate, { policy: { spread }, groupCounts }) {
    if (!spread || !groupCounts) return 'nothing is kept apart'
    const value = spreadValue(candidate, spread)
    return describeMembers(group, groupCounts.get(value ?? '') ?? 0, spread, value)
  },
}

function describeMembers(
  group: string | null,
  present: number,
  { label, maxPerValue }: Pick<SpreadRule, 'label' | 'maxPerValue'>,
  value = 'none',
): string {
  const place = label === 'cluster' ? 'it' : `${label}=${value}`
  const allowed = maxPerValue === null ? 'any number' : `at most ${maxPerValue}`
  return `${place} holds ${present} of group ${group}, ${allowed} allowed`
}
