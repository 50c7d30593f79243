import { expect } from 'vitest'

/** What a refusal says is wrong, and what it says is allowed where that is told apart. */
export type Says = readonly [message: RegExp, allowed?: RegExp]

/** Of a refusal that says so; one that tells more or less apart is none. */
export function saying([message, allowed]: Says): { readonly message: unknown; readonly allowed?: unknown } {
  return {
    message: expect.stringMatching(message),
    ...(allowed && { allowed: expect.stringMatching(allowed) }),
  }
}
