/**
 * How time passes for one process, and its chance. Whatever is compared with the records goes by the database's clock instead
 * (leases, ages, what is due), so that it makes no difference how well the clocks of several processes agree.
 */
export interface Clock {
  /** Milliseconds from any origin; never goes back. */
  now(): number
  /** Resolves `ms` later. */
  sleep(ms: number): Promise<void>
  /** Runs `action` once, `ms` later, unless the returned function is called before. */
  after(ms: number, action: () => void): () => void
  /** Aborts `ms` later with a TimeoutError. */
  timeout(ms: number): AbortSignal
  /** 0 <= random < 1 */
  random(): number
}
