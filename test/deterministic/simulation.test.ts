import { expect, test } from 'vitest'
import { DEFECTS } from './defects.ts'
import { runSeeds } from './run-seeds.ts'
import { runSoak } from './run-soak.ts'
import type { SimulationResult } from './simulation.ts'

const SEEDS = 10_000
const THREADS = 2
const SEEDS_RUN_TWICE = 24
/** A defect that none of so many seeds finds would hardly ever be found. */
const SEEDS_FOR_A_DEFECT = 1_500
const PORTION = 50

test(`${SEEDS} seeds contradict nothing`, async () => {
  const options = { from: 1, seeds: SEEDS, operations: Number.POSITIVE_INFINITY, threads: THREADS }
  const { failed, seeds } = await runSoak(options)
  const shown = failed.map(
    ({ seed, contradictions }) => `npm run soak -- --seed ${seed} --trace\n  ${contradictions.join('\n  ')}`,
  )
  expect(shown).toEqual([])
  expect(seeds).toBe(SEEDS)
}, 1_800_000)

test('the same seed makes the same world, event by event, whatever runs beside it', async () => {
  const seeds = Array.from({ length: SEEDS_RUN_TWICE }, (_, index) => index + 1)
  const together = await resultsOf(seeds)
  const alone = await resultsOf(seeds.toReversed(), 1)
  expect(alone.toReversed()).toEqual(together)
})

/** Seeds one after the other, or side by side; their traces' hashes in the order of the seeds. */
async function resultsOf(seeds: readonly number[], sideBySide?: number): Promise<readonly string[]> {
  const hashes = new Map<number, string>()
  await runSeeds(seeds, ({ seed, hash }) => void hashes.set(seed, hash), {}, sideBySide)
  return seeds.map((seed) => hashes.get(seed) ?? '')
}

test.each(DEFECTS.map((defect) => [defect.name, defect] as const))(
  'some seed finds: %s',
  async (_name, defect) => {
    const rules = new Set<unknown>()
    for (let from = 1; from <= SEEDS_FOR_A_DEFECT; from += PORTION) {
      const seeds = Array.from({ length: PORTION }, (_, index) => from + index)
      const onResult = ({ contradictions }: SimulationResult) => {
        for (const { rule } of contradictions) rules.add(rule)
      }
      await runSeeds(seeds, onResult, { defect })
      if (defect.rules.some((rule) => rules.has(rule))) return
    }
    expect([...rules], 'rules that were seen broken').toEqual(defect.rules)
  },
)
