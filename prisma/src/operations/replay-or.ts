import { DomainError } from '@flotilla/core/errors'

/**
 * What the same request was answered with before, or else the work. What is refused may be what its own twin has done just now, on
 * another server, while this one waited for a lock: then the twin's answer is the answer.
 *
 * @param replay the earlier answer; null when there is none. Asked again after a refusal
 * @param work refuses before it writes anything that its caller's transaction would keep
 */
export async function replayOr<T>(replay: () => Promise<T | null>, work: () => Promise<T>): Promise<T> {
  const before = await replay()
  if (before !== null) return before
  try {
    return await work()
  } catch (error) {
    const twin = error instanceof DomainError ? await replay() : null
    if (twin !== null) return twin
    throw error
  }
}
