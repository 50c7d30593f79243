import type { OperationError } from '@flotilla/core/operations/operation'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'

/**
 * The cluster's no to a change, as it is told. Whoever hears of a restore that failed takes the volume to be as it was: where it is not,
 * or may not be, that has to be said (design.md 3, rules 6 and 13).
 *
 * @param isPutBack whether the cluster has taken the restore, and refuses what was to come after it
 */
export function restoreRefusal(
  { state, restoreUnknownAt }: Pick<VolumeLease, 'state' | 'restoreUnknownAt'>,
  isPutBack: boolean,
  refusal: OperationError,
): OperationError {
  if (state !== 'RESTORING') return refusal
  if (isPutBack)
    return { code: 'NOT_GROWN_AGAIN', message: `it was put back, but not grown again: ${refusal.message}` }
  if (restoreUnknownAt)
    return {
      code: 'MAY_BE_PUT_BACK',
      message: `it may have been put back by an earlier request that had no answer; a later one was refused: ${refusal.message}`,
    }
  return refusal
}
