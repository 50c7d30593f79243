import { expect, test } from 'vitest'
import { sampleClusterId } from '../testing/sample-fleet.ts'
import { givenUpError } from './given-up-error.ts'

const REFUSAL = { code: 'NO_SPACE', message: 'is full' }

function refusedAfter(hop: number) {
  const excludedClusterIds = Array.from({ length: hop }, (_, number) => sampleClusterId(number))
  return { decisionId: 'dec_1', hop, excludedClusterIds, pinnedTo: null, group: null } as const
}

test.each([
  [0, 'is full; tried on 1 cluster, no other qualifies, as the decision says of each'],
  [2, 'is full; tried on 3 clusters, no other qualifies, as the decision says of each'],
  [3, 'is full; tried on 4 clusters, no further one is tried'],
])('after %i earlier refusals it says on how many clusters it was tried', (hop, message) => {
  expect(givenUpError(REFUSAL, refusedAfter(hop))).toEqual({ code: 'NO_SPACE', message })
})

test('what nobody has placed was tried nowhere else', () => {
  expect(givenUpError(REFUSAL, { ...refusedAfter(0), decisionId: null })).toEqual(REFUSAL)
})
