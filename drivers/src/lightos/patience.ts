import { ExchangeFailure } from './exchange.ts'

/** How long an operation, of one call or of several, may take and what ends it early. */
export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly endsAtMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * What `work` gives, unless the patience ends before it; then the work goes on for others who wait for it, and is
 * not begun at all when the patience was over already. Throws ExchangeFailure.
 */
export async function waitFor<Result>(
  work: () => Promise<Result>,
  { endsAtMs, signal }: Patience,
): Promise<Result> {
  const leftMs = Math.ceil(endsAtMs - performance.now())
  if (signal?.aborted) throw cancelled()
  if (leftMs <= 0) throw timedOut()
  const { promise: end, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(cancelled())
  const timer = setTimeout(() => reject(timedOut()), leftMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(), end])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function cancelled(): ExchangeFailure {
  return new ExchangeFailure('CANCELLED', false, 'cancelled')
}

function timedOut(): ExchangeFailure {
  return new ExchangeFailure('TIMEOUT', false, 'time ran out before anything was sent')
}
