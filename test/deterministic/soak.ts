import { runSeeds } from './run-seeds.ts'
import type { SimulationResult } from './simulation.ts'

const from = Number(process.argv[2] ?? 1),
  count = Number(process.argv[3] ?? 50),
  trace = process.argv[4] === 'trace'
const seeds = Array.from({ length: count }, (_, i) => from + i)
let bad = 0,
  events = 0,
  slow = 0
const rules = new Map<string, number>()
const conv: number[] = []
const cpu = process.cpuUsage()
const t = performance.now()
await runSeeds(
  seeds,
  (r: SimulationResult) => {
    events += r.events
    if (r.convergedAfterMs !== null) conv.push(r.convergedAfterMs)
    if (r.contradictions.length > 0) {
      bad++
      const c = r.contradictions[0]
      const k = `${c?.rule}: ${c?.message.replace(/[0-9a-f]{8}-[0-9a-f-]+/g, 'ID').replace(/\d{3,}/g, 'N')}`
      rules.set(k, (rules.get(k) ?? 0) + 1)
      if (bad < 12) console.log('seed', r.seed, c?.rule, c?.message)
    }
  },
  trace ? { onLine: console.log } : {},
  trace ? 1 : undefined,
)
const used = process.cpuUsage(cpu)
console.log({
  bad,
  count,
  eventsPerSeed: events / count,
  cpuMsPerSeed: (used.user + used.system) / 1000 / count,
  wall: performance.now() - t,
})
conv.sort((a, b) => a - b)
console.log(
  'converged',
  conv.at(0),
  conv.at(conv.length >> 1),
  conv.at(Math.floor(conv.length * 0.99)),
  conv.at(-1),
)
for (const [k, n] of [...rules].sort((a, b) => b[1] - a[1]).slice(0, 20)) console.log(n, k)
