import { Worker } from 'node:worker_threads'
import type { SoakPortion } from './soak-thread.ts'
import { addTallies, NO_SEEDS, type Tally } from './tally.ts'

/** Large enough that worlds take turns, small enough that threads end together. */
const PORTION = 64

interface WantedSoak {
  readonly from: number
  readonly seeds: number
  readonly operations: number
  readonly threads: number
  readonly withKnownGaps?: boolean
}

/**
 * Runs seeds from `from` on, over several threads, until so many have been run or so many operations been asked for. More seeds
 * may run than operations need, as portions are whole.
 */
export async function runSoak(
  { from, seeds, operations, threads, withKnownGaps = false }: WantedSoak,
  onProgress: (tally: Tally) => void = () => {},
): Promise<Tally> {
  let total: Tally = NO_SEEDS
  let next = from
  const end = from + seeds
  const takePortion = (): SoakPortion | null => {
    if (next >= end || total.operations >= operations) return null
    const portion = { from: next, count: Math.min(PORTION, end - next), withKnownGaps }
    next += portion.count
    return portion
  }
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL('./soak-thread.ts', import.meta.url))
    try {
      for (let portion = takePortion(); portion; portion = takePortion()) {
        const tally = await ask(thread, portion)
        total = addTallies(total, tally)
        onProgress(total)
      }
    } finally {
      await thread.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  return total
}

function ask(thread: Worker, portion: SoakPortion): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(error)
    thread.once('error', onError)
    thread.once('message', (tally: Tally) => {
      thread.off('error', onError)
      resolve(tally)
    })
    thread.postMessage(portion)
  })
}
