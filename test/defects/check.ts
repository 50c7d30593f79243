import { type Stack } from '../testkit/stack.ts'
import type { HistoryLine } from '../verify/history.ts'
import { faultLines } from '../verify/verify.ts'
import { verifyFleet } from '../verify/verify-fleet.ts'

/** What a poll may still put right: six of the intervals that scenarios use. */
const CONVERGE_MS = 3_000

/** What contradicts, each line beginning with the rule. */
export async function checkStack(
  { sql, fleet, secrets, logFiles }: Stack,
  history: readonly HistoryLine[],
): Promise<readonly string[]> {
  const { controlUrl } = fleet
  return faultLines(
    await verifyFleet({ sql, controlUrl, secrets, logFiles, history, convergeMs: CONVERGE_MS }),
  )
}
