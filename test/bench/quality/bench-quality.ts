import { seededRandom } from '../../load/random.ts'
import { ModelFleet } from '../model-fleet.ts'
import { mean } from '../statistics.ts'
import type { Table } from '../table.ts'
import { type Choose, STRATEGIES } from './strategies.ts'
import { makeTrace } from './volume-trace.ts'

const CREATES = 100_000
const DELETE_SHARE = 0.3
const MEASURE_EVERY = 10

/**
 * measured.md's model: up to 100 clusters begin empty and end 60 % full. For 1,000 that would take volumes of 5 TiB on
 * average; there they begin 50 % full, give or take 2 points, and volumes stay as they are elsewhere.
 */
const FLEETS = [
  { clusters: 10, startRatio: 0, startWidth: 0, liveRatio: 0.6 },
  { clusters: 100, startRatio: 0, startWidth: 0, liveRatio: 0.6 },
  { clusters: 1_000, startRatio: 0.5, startWidth: 0.02, liveRatio: 0.03 },
] as const

interface Balance {
  readonly spread: number
  readonly deviation: number
  readonly maxToMean: number
}

/** Balance of the ratios over the second half of the run, mean over the seeds. */
export function benchQuality(seeds: number): Table {
  const rows = FLEETS.flatMap((fleet) =>
    Object.entries(STRATEGIES).map(([name, strategy]) => {
      const runs = Array.from({ length: seeds }, (_, seed) => simulate(fleet, strategy, seed + 1))
      return [
        name,
        String(fleet.clusters),
        ...(['spread', 'deviation'] as const).map((key) => mean(runs.map((run) => run[key])).toFixed(4)),
        mean(runs.map((run) => run.maxToMean)).toFixed(3),
        mean(runs.map((run) => run.refused)).toFixed(0),
      ]
    }),
  )
  return [['rule', 'clusters', 'mean spread', 'deviation', 'max / mean', 'refused'], ...rows]
}

function simulate(
  { clusters, startRatio, startWidth, liveRatio }: (typeof FLEETS)[number],
  strategy: (random: () => number) => Choose,
  seed: number,
): Balance & { readonly refused: number } {
  const random = seededRandom(seed)
  const fleet = new ModelFleet(clusters, random, () => startRatio + startWidth * (2 * random() - 1))
  const totalBytes = fleet.capacities.reduce((sum, bytes) => sum + bytes, 0)
  const steps = makeTrace(random, CREATES, DELETE_SHARE, liveRatio * totalBytes)
  const choose = strategy(random)
  const places = new Map<number, { index: number; bytes: number }>()
  const balances: Balance[] = []
  let refused = 0
  for (const [position, step] of steps.entries()) {
    if (step.kind === 'CREATE') {
      const index = choose(fleet, step.bytes, step.volume)
      if (index < 0) refused++
      else {
        fleet.charge(index, step.bytes)
        places.set(step.volume, { index, bytes: step.bytes })
      }
    } else {
      const place = places.get(step.volume)
      if (place) fleet.charge(place.index, -place.bytes)
      places.delete(step.volume)
    }
    if (position > steps.length / 2 && position % MEASURE_EVERY === 0) balances.push(measure(fleet))
  }
  return {
    spread: mean(balances.map((each) => each.spread)),
    deviation: mean(balances.map((each) => each.deviation)),
    maxToMean: mean(balances.map((each) => each.maxToMean)),
    refused,
  }
}

function measure(fleet: ModelFleet): Balance {
  let sum = 0
  let squares = 0
  let min = Number.POSITIVE_INFINITY
  let max = 0
  for (let index = 0; index < fleet.size; index++) {
    const ratio = fleet.ratio(index)
    sum += ratio
    squares += ratio * ratio
    min = Math.min(min, ratio)
    max = Math.max(max, ratio)
  }
  const average = sum / fleet.size
  return {
    spread: max - min,
    deviation: Math.sqrt(Math.max(0, squares / fleet.size - average * average)),
    maxToMean: max / average,
  }
}
