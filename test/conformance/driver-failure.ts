import { DriverError, type DriverOutcome, type DriverReason } from '@flotilla/core/ports/cluster-driver'
import { expect } from 'vitest'

/** The DriverError that `call` ends with; fails when it succeeds or throws anything else. */
export async function failureOf(call: Promise<unknown>): Promise<DriverError> {
  const error = await call.then(
    (value) => expect.fail(`succeeded with ${String(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof DriverError) return error
  throw error
}

export async function expectFailure(
  call: Promise<unknown>,
  outcome: DriverOutcome,
  reason: DriverReason,
): Promise<DriverError> {
  const error = await failureOf(call)
  expect({ outcome: error.outcome, reason: error.reason }, error.message).toEqual({ outcome, reason })
  return error
}
