import { reject, type StateFilter } from './filter.ts'

export const isHealthy: StateFilter = ({ health }, { allowDegraded }) => {
  if (health === 'OK' || (health === 'WARNING' && allowDegraded)) return null
  const required = allowDegraded ? 'OK or WARNING' : 'OK'
  const remedy = health === 'WARNING' ? `; or a policy with limits.allowDegraded` : ''
  return reject(
    'UNHEALTHY',
    `reports health ${health}, must be ${required}`,
    `mend the cluster until it reports ${required}${remedy}`,
  )
}
