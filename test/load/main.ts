import { env } from './env.ts'
import { readOptions, USAGE } from './options.ts'
import { type LoadCounts, runLoad } from './run-load.ts'

const PROGRESS_EVERY_MS = 1_000

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), env)
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  console.log(`${options.count} requests to ${options.url}, seed ${options.seed}`)
  const startedAt = performance.now()
  let reportAt = startedAt + PROGRESS_EVERY_MS
  const counts = await runLoad(options, ({ done }) => {
    if (performance.now() < reportAt) return
    reportAt = performance.now() + PROGRESS_EVERY_MS
    console.log(`  ${done} of ${options.count} answered`)
  })
  report(counts, (performance.now() - startedAt) / 1000)
}

function report({ outcomes, latenciesMs, done }: LoadCounts, seconds: number): void {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const percentile = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  console.log(`\n${done} answered in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} per second`)
  console.log(`latency p50 ${percentile(0.5)} ms, p90 ${percentile(0.9)} ms, p99 ${percentile(0.99)} ms\n`)
  for (const [outcome, count] of Object.entries(outcomes).sort()) {
    console.log(`${String(count).padStart(8)}  ${outcome}`)
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
