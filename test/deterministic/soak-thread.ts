import { parentPort } from 'node:worker_threads'
import { runSeeds } from './run-seeds.ts'
import type { SimulationResult } from './simulation.ts'
import { addTallies, NO_SEEDS, type Tally, tallyOf } from './tally.ts'

/** Seeds to run; answered with what they came to. */
export interface SoakPortion {
  readonly from: number
  readonly count: number
  readonly withKnownGaps: boolean
}

const port = parentPort
if (!port) throw new Error('runs in a thread of the soak only')

port.on('message', async ({ from, count, withKnownGaps }: SoakPortion) => {
  let tally: Tally = NO_SEEDS
  const seeds = Array.from({ length: count }, (_, index) => from + index)
  const onResult = (result: SimulationResult) => {
    tally = addTallies(tally, tallyOf(result))
  }
  await runSeeds(seeds, onResult, { withKnownGaps })
  port.postMessage(tally)
})
