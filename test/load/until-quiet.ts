import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../testkit/api-client.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import type { FollowedEvents } from './follow-events.ts'

/** Longer than the log is looked at, so that what has been written has been delivered. */
const SILENCE_MS = 3_000

interface OperationsData {
  readonly operations: {
    readonly nodes: readonly {
      readonly target: { readonly __typename: string; readonly state?: string } | null
    }[]
  }
}

/**
 * Waits until no operation goes on and the subscriber has been told of all. Drains last until a person ends them, and a
 * snapshot that lingers until the last of its clones is gone.
 */
export async function untilQuiet(
  api: ApiClient,
  followed: FollowedEvents | null,
  timeoutMs: number,
): Promise<void> {
  await waitUntil(
    'all operations to end',
    async () => {
      const { operations } = await api.ask<OperationsData>(
        `{ operations(first: 200, where: { state: [PENDING, RUNNING], not: { kind: [DRAIN_CLUSTER] } }) {
          nodes { target { __typename ... on Snapshot { state } } } } }`,
      )
      if (operations.nodes.every(({ target }) => target?.state === 'LINGERING')) return true
      await sleep(500)
      return false
    },
    timeoutMs,
  )
  if (!followed) return
  const isSilent = () => performance.now() - followed.lastAtMs > SILENCE_MS
  await waitUntil('the subscriber to be told of all', isSilent, timeoutMs)
}
