import type { Clock } from '@flotilla/core/ports/clock'
import { WORK_BUDGET_MS } from '@flotilla/core/volumes/late-create'

/** Well within a lease: a longer wait is put off and taken up again. No request is begun later than this after the lease was asked for. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1_000

/** What a step came to: an outcome that ends the work, what the cluster has by now, or nothing to tell. */
export type StepResult<Found, Outcome> = { readonly outcome: Outcome } | { readonly found: Found } | null

/**
 * Looks, does the next step, looks again; `null` when the time is up before anything is settled.
 *
 * @param sinceMs when the lease was asked for, by the clock. Its answer may be heard late, by a process that stood still meanwhile,
 *   and is then another's already
 */
export async function workUntilSettled<Found, Outcome>(
  clock: Pick<Clock, 'now' | 'sleep'>,
  sinceMs: number,
  look: () => Promise<Found>,
  step: (found: Found) => Promise<StepResult<Found, Outcome>>,
): Promise<Outcome | null> {
  const deadline = sinceMs + WORK_BUDGET_MS
  let waitMs = FIRST_WAIT_MS
  let found: Found = await look()
  while (clock.now() < deadline) {
    const result = await step(found)
    if (result && 'outcome' in result) return result.outcome
    if (result) {
      found = result.found
      continue
    }
    await clock.sleep(waitMs)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    found = await look()
  }
  return null
}
