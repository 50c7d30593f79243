import { expect } from 'vitest'
import type { Stack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { checkFleet } from '../verify/check-fleet.ts'

/** Records, clusters and their past agree, once nothing is under way any more. */
export async function checkAtRest(stack: Stack): Promise<void> {
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
}
