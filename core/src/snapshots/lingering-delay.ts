/** A cluster that has nothing left to keep a snapshot for lets it go soon. */
const FIRST_LOOK_MS = 5_000
const LONGEST_WAIT_MS = 300_000
/** Nobody waits for it: it is for what nobody has thought of. */
const UNDER_OURS_MS = 3_600_000

/**
 * How long a snapshot that its cluster keeps for clones is not asked for. One that clones of ours hold is due when one of them ends; until then the
 * answer is known. What holds another we do not see, so it is asked for after as long as nothing has changed, which doubles the waits. Whatever
 * held it, the first inventory that no longer lists it makes it due.
 *
 * @param cloneCount clones of ours that hold it
 * @param stillMs how long nothing has changed about it and its clones
 */
export function lingeringDelayMs({
  cloneCount,
  stillMs,
}: {
  readonly cloneCount: number
  readonly stillMs: number
}): number {
  if (cloneCount > 0) return UNDER_OURS_MS
  return Math.min(Math.max(stillMs, FIRST_LOOK_MS), LONGEST_WAIT_MS)
}
