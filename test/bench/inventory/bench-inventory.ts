import { startChild } from '../child.ts'
import type { Table } from '../table.ts'
import type { ListOrder } from './list-volumes.ts'

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

/** What memory the inventory of one cluster takes, by number of volumes; each in a process of its own. */
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
