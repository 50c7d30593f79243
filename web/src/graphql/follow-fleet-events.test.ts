import { Client, subscriptionExchange } from '@urql/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FleetEvent } from './fleet-events-document.ts'
import { followFleetEvents, type LiveStatus } from './follow-fleet-events.ts'

const LONG_ENOUGH_MS = 60_000
const NOW = '2026-11-22T09:00:00Z'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('begins with a snapshot, and resumes behind the last cursor after an interruption', async () => {
  const stream = await follow()
  expect(stream.subscribedAfter).toEqual([null])
  stream.push({ __typename: 'Heartbeat', cursor: '7', at: NOW })
  expect(stream.statuses).toEqual(['live'])

  stream.breakOff()
  expect(stream.statuses.at(-1)).toBe('reconnecting')
  await vi.advanceTimersByTimeAsync(LONG_ENOUGH_MS)
  expect(stream.subscribedAfter).toEqual([null, '7'])

  stream.push({ __typename: 'Heartbeat', cursor: '8', at: NOW })
  expect(stream.statuses.at(-1)).toBe('live')
  stream.stop()
})

test('after several attempts without an answer it says offline, and goes on trying', async () => {
  const stream = await follow()
  for (let attempt = 0; attempt < 6; attempt += 1) {
    stream.breakOff()
    await vi.advanceTimersByTimeAsync(LONG_ENOUGH_MS)
  }
  expect(stream.statuses.at(-1)).toBe('offline')
  expect(stream.subscribedAfter).toHaveLength(7)
  stream.stop()
})

test('when the log no longer reaches back it starts over without a cursor', async () => {
  const stream = await follow()
  stream.push({ __typename: 'Heartbeat', cursor: '7', at: NOW })
  stream.push({ __typename: 'ResyncRequired', reason: 'the log begins at 100' })
  expect(stream.statuses.at(-1)).toBe('reconnecting')
  await vi.advanceTimersByTimeAsync(LONG_ENOUGH_MS)
  expect(stream.subscribedAfter).toEqual([null, null])
  stream.stop()
})

test('once stopped it does not come back', async () => {
  const stream = await follow()
  stream.breakOff()
  stream.stop()
  await vi.advanceTimersByTimeAsync(LONG_ENOUGH_MS)
  expect(stream.subscribedAfter).toHaveLength(1)
})

/** Follows events over a transport in the test's hands. */
async function follow() {
  const subscribedAfter: unknown[] = []
  const statuses: LiveStatus[] = []
  let push = (_event: FleetEvent) => {}
  let breakOff = () => {}
  const client = new Client({
    url: 'http://api.invalid/graphql',
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ variables }) => ({
          subscribe(observer) {
            subscribedAfter.push(variables?.after)
            push = (fleetEvents) => observer.next({ data: { fleetEvents } })
            breakOff = () => observer.error(new Error('the connection is gone'))
            return { unsubscribe() {} }
          },
        }),
      }),
    ],
  })
  const stop = followFleetEvents(client, {
    onStatus: (status) => statuses.push(status),
    onEvent: () => {},
  })
  await vi.advanceTimersByTimeAsync(0)
  return {
    subscribedAfter,
    statuses,
    stop,
    push: (event: FleetEvent) => push(event),
    breakOff: () => breakOff(),
  }
}
