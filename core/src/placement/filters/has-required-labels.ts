import { describeRequirement, labelOf, meetsRequirement } from '../../policies/label-requirement.ts'
import { reject, type StateFilter } from './filter.ts'

export const hasRequiredLabels: StateFilter = {
  name: 'LABELS',
  refuse({ labels }, policy) {
    const missed = policy.require.find((requirement) => !meetsRequirement(labels, requirement))
    if (!missed) return null
    const value = labelOf(labels, missed.key)
    const present = value === undefined ? `has no label ${missed.key}` : `has ${missed.key}=${value}`
    const required = describeRequirement(missed)
    return reject(
      'LABELS_NOT_MATCHED',
      `${present}, ${required} required`,
      `label it so that ${required} holds`,
    )
  },
  passes: (_candidate, { require }) =>
    require.length === 0 ? 'none are required' : `${require.map(describeRequirement).join(', ')} holds`,
}
