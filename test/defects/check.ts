import { checkFleet } from '../testkit/check-fleet.ts'
import type { Stack } from '../testkit/stack.ts'

/** What contradicts, each line beginning with the rule. */
export function checkStack(stack: Stack): Promise<readonly string[]> {
  return checkFleet(stack)
}
