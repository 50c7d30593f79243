import { spreadValue } from '../group-counts.ts'
import { type RequestFilter, reject } from './filter.ts'

/** A cluster without the label cannot be told apart from the others, so under a limit it does not qualify. */
export const keepsGroupApart: RequestFilter = ({ group }, candidate, { policy: { spread }, groupCounts }) => {
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
  const place = label === 'cluster' ? 'it' : `${label}=${value}`
  return reject(
    'GROUP_LIMIT',
    `${place} holds ${present} of group ${group}, at most ${maxPerValue} allowed`,
    `move or delete ${present - maxPerValue + 1} of the group's volumes there`,
  )
}
