import { expect, test } from 'vitest'
import { readOptions, type SoakOptions } from './options.ts'
import { runSoak } from './run-soak.ts'

/** docs/reliability-simulation.md: a create that comes late, after its volume vanished. */
const KNOWN_SEED = 510

function optionsOf(...args: string[]): SoakOptions {
  const options = readOptions(args, 2)
  if (options === 'help') throw new Error('no help was asked for')
  return options
}

/** As `npm run soak -- --seeds 1` would. */
async function contradictionsOf({ seed, withKnownGaps }: SoakOptions): Promise<readonly string[]> {
  const wanted = { from: seed, seeds: 1, operations: Number.POSITIVE_INFINITY, threads: 1, withKnownGaps }
  return (await runSoak(wanted)).failed.flatMap(({ contradictions }) => contradictions)
}

test('a million operations over all processors, without the known gaps, unless told otherwise', () => {
  expect(optionsOf()).toEqual({
    operations: 1_000_000,
    seed: 1,
    seeds: null,
    threads: 2,
    isTraced: false,
    withKnownGaps: false,
  })
  expect(optionsOf('--known-gaps').withKnownGaps).toBe(true)
})

test('a seed that is known to contradict does so with --known-gaps alone', async () => {
  const seed = ['--seed', String(KNOWN_SEED)]
  expect(await contradictionsOf(optionsOf(...seed))).toEqual([])
  expect(await contradictionsOf(optionsOf(...seed, '--known-gaps'))).not.toEqual([])
}, 60_000)

test.each([
  ['--ops', '0', /--ops: "0" is not allowed; allowed is a whole number, 1 to 1000000000/],
  ['--seed', 'x', /--seed: "x" is not allowed/],
  ['--threads', '257', /--threads: "257" is not allowed; allowed is a whole number, 1 to 256/],
])('%s %s is refused, with what is allowed', (name, text, message) => {
  expect(() => optionsOf(name, text)).toThrow(message)
})
