import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { cpuMsOf } from '../cpu-time.ts'
import type { FleetMember } from './fleet-program.ts'

/** What is asked: a quiet poll's two requests of every member, evenly over each interval, once to warm up and then counted. */
export interface BareOrder {
  readonly members: readonly FleetMember[]
  readonly intervalMs: number
  readonly intervals: number
}

const PATHS = ['/api/v2/cluster', '/api/v2/nodes']
const TICK_MS = 100

/** The yardstick: the same requests over the same kind of connections, answers read and parsed, and nothing else. */
process.once('message', async ({ members, intervalMs, intervals }: BareOrder) => {
  const ask = members.map(asker)
  await round(ask, intervalMs)
  const before = cpuMsOf(process.pid)
  for (let count = 0; count < intervals; count++) await round(ask, intervalMs)
  process.send?.({ type: 'done', cpuMs: cpuMsOf(process.pid) - before })
  process.disconnect()
})
process.send?.({ type: 'ready' })

function asker({ endpoint, token }: FleetMember): () => Promise<unknown> {
  const agent = new Agent({
    connect: { rejectUnauthorized: false },
    pipelining: 1,
    connections: 8,
    keepAliveTimeout: 30_000,
  })
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
  const get = async (path: string): Promise<unknown> => {
    const { body } = await agent.request({ origin: endpoint, path, method: 'GET', headers })
    return JSON.parse(await body.text())
  }
  // A busy machine may lose one; what it has cost is counted.
  return () => Promise.allSettled(PATHS.map(get))
}

async function round(ask: readonly (() => Promise<unknown>)[], intervalMs: number): Promise<void> {
  const ticks = Math.ceil(intervalMs / TICK_MS)
  const answers: Promise<unknown>[] = []
  const begunAt = performance.now()
  for (let tick = 0; tick < ticks; tick++) {
    const from = Math.floor((ask.length * tick) / ticks)
    const to = Math.floor((ask.length * (tick + 1)) / ticks)
    for (const each of ask.slice(from, to)) answers.push(each())
    await sleep(Math.max(0, begunAt + (tick + 1) * TICK_MS - performance.now()))
  }
  await Promise.all(answers)
}
