import { DriverError } from '@flotilla/core/ports/cluster-driver'

/** An address may come to lead to another cluster; this long we do not look again while its connections last. */
const TRUSTED_FOR_MS = 5 * 60_000

interface Check {
  readonly passed: Promise<void>
  readonly endsAtMs: number
}

/** Admits calls to those endpoints only that have lately shown to lead to the expected cluster. */
export class IdentityGuard {
  readonly #expectedBackendId: string
  readonly #askIdentity: (origin: string) => Promise<string>
  readonly #now: () => number
  readonly #checks = new Map<string, Check>()

  /** `askIdentity` gives the UUID of the cluster that answers at an origin; it throws DriverError. */
  constructor(
    expectedBackendId: string,
    askIdentity: (origin: string) => Promise<string>,
    now: () => number = () => performance.now(),
  ) {
    this.#expectedBackendId = expectedBackendId
    this.#askIdentity = askIdentity
    this.#now = now
  }

  /**
   * Resolves when the origin leads to the expected cluster, asking it where that is not known; concurrent callers
   * share one look. Throws DriverError UNAVAILABLE or UNAUTHORIZED, and then the next caller looks again.
   */
  admit(origin: string): Promise<void> {
    const present = this.#checks.get(origin)
    if (present && this.#now() < present.endsAtMs) return present.passed
    const check = { passed: this.#check(origin), endsAtMs: this.#now() + TRUSTED_FOR_MS }
    this.#checks.set(origin, check)
    check.passed.catch(() => {
      if (this.#checks.get(origin) === check) this.#checks.delete(origin)
    })
    return check.passed
  }

  /** To be called when a connection is lost: the next one may reach another cluster. */
  forget(origin: string): void {
    this.#checks.delete(origin)
  }

  async #check(origin: string): Promise<void> {
    const backendId = await this.#askIdentity(origin).catch((error: unknown) => {
      throw notAdmitted(error)
    })
    if (backendId === this.#expectedBackendId) return
    const message = `${new URL(origin).host} leads to cluster ${backendId}, not to ${this.#expectedBackendId}`
    throw new DriverError('UNAVAILABLE', 'WRONG_CLUSTER', message)
  }
}

/** A refusal to tell the identity is no refusal of the call that waits for it. */
function notAdmitted(error: unknown): unknown {
  if (!(error instanceof DriverError) || error.outcome !== 'REFUSED') return error
  return new DriverError('UNAVAILABLE', error.reason, error.message)
}
