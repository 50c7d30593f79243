import { FOREIGN_KEPT } from '@flotilla/core/polling/compact-volumes'
import { startChild } from '../child.ts'
import type { Table } from '../table.ts'
import type { ListOrder } from './list-volumes.ts'
import { ownVolumesMemory, type WorkerMemory, workerMemory } from './worker-memory.ts'

interface Result {
  readonly kept: number
  readonly mib: number
  readonly peakMib: number
  readonly cpuSeconds: number
}

const HOW = [
  ['as a poll does', 'COMPACT'],
  ['everything kept until the end', 'ALL'],
] as const

/** Clusters that a worker lists at the same time. */
const AT_ONCE = [1, 5]
const MOST_AT_ONCE = Math.max(...AT_ONCE)
/** Of the largest, how many are our own, over all clusters: two figures, so that the difference tells what one costs; few enough to be adopted in minutes. */
const OWN_SHARES = [0.01, 0.1]

/**
 * What memory the inventory of one cluster takes, by number of volumes, each in a process of its own; what several take that a real worker
 * lists at once, which have as many volumes together as the largest; and what that takes of volumes that are our own, few and many.
 */
export async function benchInventory(volumes: number): Promise<Table> {
  const rows: string[][] = []
  for (const count of [Math.ceil(volumes / 100), Math.ceil(volumes / 10), volumes]) {
    for (const [name, how] of HOW) {
      const { kept, ...taken } = await list(count, how)
      rows.push([name, String(count), String(kept), ...cells(taken), ''])
    }
  }
  const each = Math.ceil(volumes / MOST_AT_ONCE)
  for (const count of AT_ONCE) {
    rows.push([
      count === 1 ? 'a worker' : `a worker, ${count} at once`,
      count === 1 ? String(each) : `${count} x ${each}`,
      String(count * Math.min(each, FOREIGN_KEPT)),
      ...cells(await workerMemory(count, each)),
      '',
    ])
  }
  let before = { kept: 0, mib: Number.NaN }
  for (const share of OWN_SHARES) {
    const ownEach = Math.ceil((share * volumes) / MOST_AT_ONCE)
    const own = await ownVolumesMemory(MOST_AT_ONCE, ownEach)
    const kept = MOST_AT_ONCE * ownEach
    const kibMore = (1_024 * (own.mib - before.mib)) / (kept - before.kept)
    rows.push([
      `a worker, ${MOST_AT_ONCE} at once, all ours`,
      `${MOST_AT_ONCE} x ${ownEach}`,
      String(kept),
      ...cells(own),
      Number.isFinite(kibMore) ? kibMore.toFixed(2) : '',
    ])
    before = { kept, mib: own.mib }
  }
  return [
    ['inventory', 'volumes', 'kept', 'MiB more', 'peak RSS MiB', 'CPU s', 'KiB for each more kept'],
    ...rows,
  ]
}

function cells({ mib, peakMib, cpuSeconds }: WorkerMemory): string[] {
  return [mib.toFixed(0), peakMib.toFixed(0), cpuSeconds.toFixed(1)]
}

async function list(count: number, how: ListOrder['how']): Promise<Result> {
  const cluster = startChild(new URL('fabricated-cluster.ts', import.meta.url), [String(count)])
  try {
    const target = await cluster.receive<Omit<ListOrder, 'how'>>('ready')
    const lister = startChild(new URL('list-volumes.ts', import.meta.url))
    await lister.receive('ready')
    const done = lister.receive<Result>('done')
    lister.send({ ...target, how })
    return await done
  } finally {
    await cluster.stop()
  }
}
