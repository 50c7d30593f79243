import { ApiClient } from '../testkit/api-client.ts'
import { env } from './env.ts'
import { followEvents } from './follow-events.ts'
import { NO_HISTORY, writeHistory } from './history-writer.ts'
import { makePolicies } from './make-policies.ts'
import { readOptions, USAGE } from './options.ts'
import { type LoadCounts, runLoad } from './run-load.ts'
import { untilQuiet } from './until-quiet.ts'

const PROGRESS_EVERY_MS = 1_000
const QUIET_WITHIN_MS = 600_000

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), env)
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  console.log(`${options.count} requests to ${options.url}, seed ${options.seed}`)
  const api = new ApiClient(options.url, options.token)
  await makePolicies(api)
  const history = options.historyFile ? writeHistory(options.historyFile) : NO_HISTORY
  const followed = options.historyFile ? followEvents([api], history) : null
  const runName = `load-${options.seed}-${Date.now().toString(36)}`
  const startedAt = performance.now()
  let reportAt = startedAt + PROGRESS_EVERY_MS
  const counts = await runLoad({ ...options, apis: [api], history, runName }, ({ done }) => {
    if (performance.now() < reportAt) return
    reportAt = performance.now() + PROGRESS_EVERY_MS
    console.log(`  ${done} of ${options.count} answered`)
  })
  report(counts, (performance.now() - startedAt) / 1000)
  if (!followed) return
  await untilQuiet(api, followed, QUIET_WITHIN_MS)
  await followed.close()
  await history.close()
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
