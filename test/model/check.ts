import { checkFleet } from '../testkit/check-fleet.ts'
import type { Stack } from '../testkit/stack.ts'
import type { Model } from './model.ts'

/** What contradicts; without what somebody else has done, which is reported and stays as it is. */
export async function checkStack(stack: Stack, { volumes }: Model): Promise<readonly string[]> {
  const touched = volumes.filter(({ isMissing, handBytes }) => isMissing || handBytes !== null)
  const faults = await checkFleet(stack)
  return faults.filter(
    (fault) =>
      !touched.some(
        ({ id, cluster, isMissing }) =>
          fault.includes(id) || (isMissing && fault.startsWith(`rule 4: ${cluster} still has`)),
      ),
  )
}
