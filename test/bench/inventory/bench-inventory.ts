import { FOREIGN_KEPT } from '@flotilla/core/polling/compact-volumes'
import { startChild } from '../child.ts'
import type { Table } from '../table.ts'
import type { ListOrder } from './list-volumes.ts'
import { workerMemory } from './worker-memory.ts'

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

/**
 * What memory the inventory of one cluster takes, by number of volumes, each in a process of its own; and what several take that a real worker
 * lists at once, which have as many volumes together as the largest.
 */
export async function benchInventory(volumes: number): Promise<Table> {
  const rows: string[][] = []
  for (const count of [Math.ceil(volumes / 100), Math.ceil(volumes / 10), volumes]) {
    for (const [name, how] of HOW) {
      const { kept, mib, peakMib, cpuSeconds } = await list(count, how)
      rows.push([
        name,
        String(count),
        String(kept),
        mib.toFixed(0),
        peakMib.toFixed(0),
        cpuSeconds.toFixed(1),
      ])
    }
  }
  const each = Math.ceil(volumes / Math.max(...AT_ONCE))
  for (const count of AT_ONCE) {
    const { mib, peakMib, cpuSeconds } = await workerMemory(count, each)
    rows.push([
      count === 1 ? 'a worker' : `a worker, ${count} at once`,
      count === 1 ? String(each) : `${count} x ${each}`,
      String(count * Math.min(each, FOREIGN_KEPT)),
      mib.toFixed(0),
      peakMib.toFixed(0),
      cpuSeconds.toFixed(1),
    ])
  }
  return [['inventory', 'volumes', 'kept', 'MiB more', 'peak RSS MiB', 'CPU s'], ...rows]
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
