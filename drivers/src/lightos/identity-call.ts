import { identityAnswer } from './cluster-answer.ts'

/** Which cluster answers; the cheapest call that tells. */
export const identityCall = {
  kind: 'READ',
  method: 'GET',
  path: '/cluster',
  anyCluster: true,
  answer: identityAnswer,
} as const
