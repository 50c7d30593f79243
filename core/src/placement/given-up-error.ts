import type { OperationError } from '../operations/operation.ts'
import { mayHop, type RefusedChoice } from './next-hop.ts'

/** The last cluster's refusal, with how many were tried and why no further one is. */
export function givenUpError({ code, message }: OperationError, refused: RefusedChoice): OperationError {
  if (refused.decisionId === null) return { code, message }
  const count = refused.excludedClusterIds.length + 1
  const tried = `tried on ${count} ${count === 1 ? 'cluster' : 'clusters'}`
  const end = mayHop(refused) ? 'no other qualifies, as the decision says of each' : 'no further one is tried'
  return { code, message: `${message}; ${tried}, ${end}` }
}
