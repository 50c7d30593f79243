const firstDelayMs = 1_000
const longestDelayMs = 30_000

/** Running this long without a crash counts as recovered. */
const recoveredAfterMs = 60_000

/** How long to wait before each restart of something that crashes: 1 s, doubling up to 30 s. */
export class BackOff {
  #delayMs = firstDelayMs

  /** The delay after a run that lasted so long; a long one begins the series anew. */
  next(ranMs: number): number {
    if (ranMs >= recoveredAfterMs) this.#delayMs = firstDelayMs
    const delayMs = this.#delayMs
    this.#delayMs = Math.min(delayMs * 2, longestDelayMs)
    return delayMs
  }
}
