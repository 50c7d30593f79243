import { parentPort } from 'node:worker_threads'
import { runSeeds } from './run-seeds.ts'
import { addTallies, NO_SEEDS, type Tally, tallyOf } from './tally.ts'

/** Seeds to run; answered with what they came to. */
export interface SoakPortion {
  readonly from: number
  readonly count: number
}

const port = parentPort
if (!port) throw new Error('runs in a thread of the soak only')

port.on('message', async ({ from, count }: SoakPortion) => {
  let tally: Tally = NO_SEEDS
  const seeds = Array.from({ length: count }, (_, index) => from + index)
  await runSeeds(seeds, (result) => {
    tally = addTallies(tally, tallyOf(result))
  })
  port.postMessage(tally)
})
