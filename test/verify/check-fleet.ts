import type { Stack } from '../testkit/stack.ts'
import type { HistoryLine } from './history.ts'
import { faultLines } from './verify.ts'
import { verifyFleet } from './verify-fleet.ts'

/** A stack polls each second. */
const CONVERGE_MS = 5_000

/**
 * Holds the records against the simulated clusters' own state and past, rule by rule of design.md section 3. Answers one
 * line for each contradiction; none when all is well. To be asked when nothing is under way.
 *
 * @param convergeMs how long it is looked at again while anything contradicts
 */
export async function checkFleet(
  { sql, fleet, secrets, logFiles }: Pick<Stack, 'sql' | 'fleet' | 'secrets' | 'logFiles'>,
  history: readonly HistoryLine[] = [],
  convergeMs = CONVERGE_MS,
): Promise<string[]> {
  const { controlUrl } = fleet
  return faultLines(await verifyFleet({ sql, controlUrl, secrets, logFiles, history, convergeMs }))
}
