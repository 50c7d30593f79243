import type { ObservedCandidate } from '../candidate.ts'
import type { PlacementRequest } from '../placement-request.ts'
import { type RequestFilter, reject } from './filter.ts'

export const hasReplicas: RequestFilter = {
  name: 'REPLICAS',
  refuse(request, candidate) {
    const { replicas } = request
    const { maxReplicas } = candidate.figures
    if (replicas <= maxReplicas) return null
    const alternative = maxReplicas > 0 ? `ask for at most ${maxReplicas}, or ` : ''
    return reject(
      'TOO_FEW_REPLICAS',
      describeReplicas(request, candidate),
      `${alternative}have ${replicas} failure domains of it in service`,
    )
  },
  passes: describeReplicas,
}

function describeReplicas({ replicas }: PlacementRequest, { figures }: ObservedCandidate): string {
  return `can keep ${figures.maxReplicas} replicas now, ${replicas} asked for`
}
