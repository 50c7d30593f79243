import { availableParallelism } from 'node:os'
import { formatTable, type Table } from '../bench/table.ts'
import { HAPPENINGS, REQUEST_FAULTS } from './fault-plan.ts'
import { readOptions, type SoakOptions, USAGE } from './options.ts'
import { runSeeds } from './run-seeds.ts'
import { runSoak } from './run-soak.ts'
import type { Tally } from './tally.ts'

const SHOW_EVERY_MS = 10_000
const FAILED_SHOWN = 20

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), availableParallelism())
  if (options === 'help') {
    console.log(USAGE)
  } else if (options.isTraced) {
    await trace(options)
  } else {
    await soak(options)
  }
}

async function trace({ seed, withKnownGaps }: SoakOptions): Promise<void> {
  await runSeeds(
    [seed],
    ({ plan, hash, contradictions }) => {
      console.log({ ...plan, hash })
      for (const { rule, message } of contradictions) console.error(`rule ${rule}: ${message}`)
      if (contradictions.length > 0) process.exitCode = 1
    },
    { withKnownGaps, onLine: console.log },
  )
}

async function soak({ seed, seeds, operations, threads, withKnownGaps }: SoakOptions): Promise<void> {
  const startedAt = performance.now()
  let shownAt = startedAt
  const wanted = {
    from: seed,
    seeds: seeds ?? Number.MAX_SAFE_INTEGER - seed,
    operations: seeds === null ? operations : Number.POSITIVE_INFINITY,
    threads,
    withKnownGaps,
  }
  let failedShown = 0
  const tally = await runSoak(wanted, (so) => {
    for (; failedShown < Math.min(so.failed.length, FAILED_SHOWN); failedShown++)
      showFailed(so.failed[failedShown], withKnownGaps)
    if (performance.now() - shownAt < SHOW_EVERY_MS) return
    shownAt = performance.now()
    console.log(`  ${so.operations} operations in ${so.seeds} seeds, ${so.failed.length} seeds contradict`)
  })
  console.log(`\n${formatTable(report(tally, (performance.now() - startedAt) / 1_000))}`)
  if (tally.failed.length > 0) process.exitCode = 1
}

function showFailed(failed: Tally['failed'][number] | undefined, withKnownGaps: boolean): void {
  if (!failed) return
  const { seed, contradictions } = failed
  const command = `npm run soak -- --seed ${seed} --trace${withKnownGaps ? ' --known-gaps' : ''}`
  console.error(`seed ${seed} (${command}):\n  ${contradictions.join('\n  ')}`)
}

function report(tally: Tally, seconds: number): Table {
  const faults = [...REQUEST_FAULTS, ...HAPPENINGS].map((kind) => [
    kind.toLowerCase().replaceAll('_', ' '),
    String(tally.faults[kind] ?? 0),
  ])
  const inSeconds = (ms: number) => (ms / 1_000).toFixed(1)
  return [
    ['simulation', ''],
    ['operations', String(tally.operations)],
    ['seeds', String(tally.seeds)],
    ['events', String(tally.events)],
    ['seconds', seconds.toFixed(0)],
    ['longest until at rest, s', inSeconds(tally.longestToConvergeMs.NOTHING)],
    ['the same behind a lease of a killed worker', inSeconds(tally.longestToConvergeMs.LEASE)],
    ['the same behind a request that may come late', inSeconds(tally.longestToConvergeMs.LATE)],
    ...faults,
    ['seeds with contradictions', String(tally.failed.length)],
  ]
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
