import { type RequestFilter, reject } from './filter.ts'

export const hasReplicas: RequestFilter = ({ replicas }, { figures: { maxReplicas } }) => {
  if (replicas <= maxReplicas) return null
  const alternative = maxReplicas > 0 ? `ask for at most ${maxReplicas}, or ` : ''
  return reject(
    'TOO_FEW_REPLICAS',
    `can keep ${maxReplicas} replicas now, ${replicas} asked for`,
    `${alternative}have ${replicas} failure domains of it in service`,
  )
}
