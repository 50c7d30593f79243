import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { startTestDatabase } from '../testing/start-test-database.ts'
import { listenOnce } from './postgres-event-bus.ts'

const countListeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

test('a database that refuses connections leaves nothing waiting for the end', async () => {
  const { signal } = new AbortController()
  await expect(listenOnce(await refusedAddress(), () => {}, signal)).rejects.toThrow('ECONNREFUSED')
  expect(countListeners(signal)).toBe(0)
})

test('a listener that was cut off, or told to end, leaves nothing waiting for the end', async () => {
  const db = await startTestDatabase()
  try {
    const stopping = new AbortController()
    const listen = (wake: () => void) => listenOnce(db.connectionString, wake, stopping.signal)

    const cut = Promise.withResolvers<void>()
    const listening = listen(cut.resolve)
    await cut.promise
    expect(countListeners(stopping.signal)).toBe(1)
    await db.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`,
    )
    await listening
    expect(countListeners(stopping.signal)).toBe(0)

    await listen(() => stopping.abort())
    expect(countListeners(stopping.signal)).toBe(0)
  } finally {
    await db.close()
  }
})

async function refusedAddress(): Promise<string> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1')
  return `postgresql://nobody@127.0.0.1:${address.port}/nothing`
}
