import type { PlacementPolicy } from '../../policies/policy.ts'
import { reject, type StateFilter } from './filter.ts'

export const isHealthy: StateFilter = {
  name: 'HEALTH',
  refuse({ health }, policy) {
    if (health === 'OK' || (health === 'WARNING' && policy.allowDegraded)) return null
    const required = requiredHealth(policy)
    const remedy = health === 'WARNING' ? `; or a policy with limits.allowDegraded` : ''
    return reject(
      'UNHEALTHY',
      `reports health ${health}, must be ${required}`,
      `mend the cluster until it reports ${required}${remedy}`,
    )
  },
  passes: ({ health }, policy) => `reports health ${health}, ${requiredHealth(policy)} allowed`,
}

function requiredHealth({ allowDegraded }: PlacementPolicy): string {
  return allowDegraded ? 'OK or WARNING' : 'OK'
}
