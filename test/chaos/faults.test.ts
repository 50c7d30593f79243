import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepHistory } from '../load/history-writer.ts'
import { seededRandom } from '../load/random.ts'
import type { Outage } from '../verify/history.ts'
import { flap, standOutage } from './faults.ts'

const SHARE = 0.02
const BEGUN_MS = Date.UTC(2026, 0, 1)

beforeEach(() => void vi.useFakeTimers({ now: BEGUN_MS }))
afterEach(() => void vi.useRealTimers())

/** Clusters that note what is done to them, and when. */
function threeClusters() {
  const notes: { readonly atMs: number; readonly what: string }[] = []
  const note = (what: string) => notes.push({ atMs: Date.now() - BEGUN_MS, what })
  const clusters = ['cluster-1', 'cluster-2', 'cluster-3'].map((name) => ({
    name,
    faults: { set: (...rules: readonly unknown[]) => note(`${name}: ${rules.length} faults`) },
    setConnectivity: async (connectivity: string) => void note(`${name} ${connectivity}`),
  })) as unknown as readonly SimulatedCluster[]
  return { clusters, notes }
}

function outagesFrom(seed: number) {
  const history = keepHistory()
  const healing = new AbortController()
  return { history, healing, outages: { random: seededRandom(seed), history, signal: healing.signal } }
}

test('a cluster that is away for a moment is away when its line says so', async () => {
  const { clusters, notes } = threeClusters()
  const { history, outages } = outagesFrom(1)
  const away = flap(clusters[0] as SimulatedCluster, outages)
  await vi.runAllTimersAsync()
  await away
  expect(notes.map(({ what }) => what)).toEqual([
    expect.stringMatching(/cluster-1 (refused|silent)/),
    'cluster-1 open',
  ])
  expect(history.lines).toEqual([
    {
      type: 'outage',
      cluster: 'cluster-1',
      fromMs: BEGUN_MS,
      untilMs: BEGUN_MS + (notes[1]?.atMs ?? Number.NaN),
    },
  ])
})

test.each([1, 2, 3, 4])(
  'outage %i is long enough to be judged; no other cluster has faults meanwhile and for a lease before',
  async (seed) => {
    const { clusters, notes } = threeClusters()
    const { history, outages } = outagesFrom(seed)
    const standing = standOutage(clusters, SHARE, outages, async () => true)
    await vi.runAllTimersAsync()
    await standing
    const [line] = history.lines as readonly Outage[]
    if (!line) throw new Error('there is no line')
    const [from, until] = [line.fromMs - BEGUN_MS, line.untilMs - BEGUN_MS]
    expect(until - from).toBeGreaterThanOrEqual(25_000)
    expect(until - from).toBeLessThanOrEqual(35_000)
    const faults = notes.filter(({ what }) => what.endsWith('faults'))
    expect(faults).toEqual([
      ...clusters.map(({ name }) => ({ atMs: 0, what: `${name}: 0 faults` })),
      ...clusters.map(({ name }) => ({ atMs: until, what: `${name}: 5 faults` })),
    ])
    // A lease lasts 30 s.
    expect(from).toBeGreaterThan(30_000)
    expect(notes).toContainEqual({
      atMs: from,
      what: expect.stringMatching(`${line.cluster} (refused|silent)`),
    })
    expect(notes).toContainEqual({ atMs: until, what: `${line.cluster} open` })
  },
)

test('healing ends an outage at once, and brings no faults back', async () => {
  const { clusters, notes } = threeClusters()
  const { history, healing, outages } = outagesFrom(1)
  const standing = standOutage(clusters, SHARE, outages, async () => true)
  await vi.advanceTimersByTimeAsync(50_000)
  healing.abort()
  await standing
  expect(history.lines).toMatchObject([{ fromMs: BEGUN_MS + 40_000, untilMs: BEGUN_MS + 50_000 }])
  expect(notes.at(-1)?.what).toMatch(/open$/)
  expect(notes.filter(({ what }) => what.endsWith('5 faults'))).toEqual([])
})

test('an outage waits until all that was asked is done, and is left out when that takes too long', async () => {
  const { clusters } = threeClusters()
  const { history, outages } = outagesFrom(1)
  const isUpToDate = async () => Date.now() - BEGUN_MS >= 60_000
  const standing = standOutage(clusters, SHARE, outages, isUpToDate)
  await vi.runAllTimersAsync()
  expect(await standing).toBe(true)
  expect(history.lines).toMatchObject([{ fromMs: BEGUN_MS + 60_000 }])
  const never = standOutage(clusters, SHARE, outages, async () => false)
  await vi.runAllTimersAsync()
  expect(await never).toBe(false)
  expect(history.lines).toHaveLength(1)
})
