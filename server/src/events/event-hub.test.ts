import type { FleetEvent } from '@flotilla/core/events/fleet-event'
import type { StreamItem } from '@flotilla/schema/events/event-source'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMemoryEventLog } from '../../test/memory-event-log.ts'
import { startEventHub } from './event-hub.ts'

async function startHub(queueLimit = 1_000) {
  const log = createMemoryEventLog()
  const errors: unknown[] = []
  const hub = await startEventHub(log, {
    queueLimit,
    heartbeatMs: 60_000,
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => hub.close())
  const open = (cursor: FleetEvent['cursor'], wants: (event: FleetEvent) => boolean = () => true) => {
    const stop = new AbortController()
    return { stop, batches: hub.stream(cursor, wants, stop.signal)[Symbol.asyncIterator]() }
  }
  return { log, hub, errors, open }
}

type Batches = AsyncIterator<readonly StreamItem[]>

/** Takes batches until the event with this cursor has come. */
async function takeUntil(batches: Batches, cursor: string): Promise<string[]> {
  const taken: string[] = []
  while (taken.at(-1) !== cursor) {
    const { value, done } = await batches.next()
    if (done) throw new Error(`the stream ended after ${taken.at(-1)}`)
    for (const item of value) taken.push(item.type === 'EVENT' ? item.event.cursor : item.type)
  }
  return taken
}

const cursors = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `1.${from + index}`)

test('catching up and going live leave no gap and repeat nothing, wherever they meet', async () => {
  const { log, open } = await startHub()
  for (let count = 0; count < 1_200; count++) log.append('VOLUME_CHANGED', 'v')
  const { batches } = open('1.100')
  const taken: string[] = []
  for (let round = 0; round < 50; round++) {
    log.append('VOLUME_CHANGED', 'v')
    const { value } = await batches.next()
    for (const item of value ?? []) if (item.type === 'EVENT') taken.push(item.event.cursor)
    if (taken.at(-1) === '1.1200') break
  }
  const last = log.append('VOLUME_CHANGED', 'v').cursor
  taken.push(...(await takeUntil(batches, last)))
  expect(taken).toEqual(cursors(101, Number(last.slice(2))))
})

test('the log is read while somebody listens; who comes later misses nothing', async () => {
  const { log, hub, open } = await startHub()
  const reads = vi.spyOn(log, 'readAfter')
  for (let round = 0; round < 2; round++) {
    reads.mockClear()
    for (let count = 0; count < 20; count++) log.append('VOLUME_CHANGED', 'v')
    expect(reads).not.toHaveBeenCalled()
    const { stop, batches } = open(await hub.head())
    const taking = batches.next()
    await vi.waitFor(() => expect(reads).toHaveBeenCalled())
    const { cursor } = log.append('VOLUME_CHANGED', 'v')
    const { value } = await taking
    expect(value?.[0]).toMatchObject({ type: 'EVENT', event: { cursor } })
    stop.abort()
    expect((await batches.next()).done).toBe(true)
  }
})

test('every subscriber gets its own events, and each of them', async () => {
  const { log, open } = await startHub()
  const all = open('1.0')
  const some = open('1.0', ({ kind }) => kind === 'CLUSTER_CHANGED')
  for (let count = 0; count < 20; count++) {
    log.append(count % 2 ? 'CLUSTER_CHANGED' : 'VOLUME_CHANGED', 'x')
  }
  expect(await takeUntil(all.batches, '1.20')).toEqual(cursors(1, 20))
  expect(await takeUntil(some.batches, '1.20')).toEqual(cursors(1, 20).filter((_, index) => index % 2))
})

test('U1: a subscriber that does not take loses its place, not the others theirs', async () => {
  const { log, open } = await startHub(10)
  const slow = open('1.0')
  const quick = open('1.0')
  const first = log.append('VOLUME_CHANGED', 'v').cursor
  await takeUntil(slow.batches, first)
  await takeUntil(quick.batches, first)
  for (let count = 2; count <= 100; count++) {
    const { cursor } = log.append('VOLUME_CHANGED', 'v')
    expect(await takeUntil(quick.batches, cursor)).toEqual([cursor])
  }
  expect((await slow.batches.next()).value).toEqual([
    { type: 'RESYNC_REQUIRED', reason: 'more than 10 events were waiting to be taken' },
  ])
  expect((await slow.batches.next()).done).toBe(true)
})

test('when the log is cleared up before it was read, everybody starts over', async () => {
  const { log, open } = await startHub()
  const { batches } = open('1.0')
  await takeUntil(batches, log.append('VOLUME_CHANGED', 'v').cursor)
  log.failNext(new Error('away'))
  for (let count = 0; count < 5; count++) log.append('VOLUME_CHANGED', 'v')
  log.trim(1)
  expect((await batches.next()).value).toEqual([
    { type: 'RESYNC_REQUIRED', reason: expect.stringContaining('cleared up') },
  ])
})

test('a failing read is reported and tried again', async () => {
  const { log, errors, open } = await startHub()
  const { batches } = open('1.0')
  await takeUntil(batches, log.append('VOLUME_CHANGED', 'v').cursor)
  log.failNext(new Error('away'))
  const { cursor } = log.append('VOLUME_CHANGED', 'v')
  expect(await takeUntil(batches, cursor)).toEqual([cursor])
  expect(errors).toHaveLength(1)
})

test('a subscriber that leaves while it waits is gone at once', async () => {
  const { log, hub, open } = await startHub()
  const { stop, batches } = open('1.0')
  await takeUntil(batches, log.append('VOLUME_CHANGED', 'v').cursor)
  expect(hub.subscriberCount).toBe(1)
  const waiting = batches.next()
  stop.abort()
  expect((await waiting).done).toBe(true)
  expect(hub.subscriberCount).toBe(0)
})
