import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatTable } from '../bench/table.ts'
import { writeHistory } from '../load/history-writer.ts'
import type { Stack } from '../testkit/stack.ts'
import { startStack } from '../testkit/stack.ts'
import { formatReports } from '../verify/format-reports.ts'
import { readHistory } from '../verify/read-history.ts'
import { faultLines, type RuleReport } from '../verify/verify.ts'
import { verifyFleet } from '../verify/verify-fleet.ts'
import { keepRemains } from './keep-remains.ts'
import { type ChaosOptions, readOptions, USAGE } from './options.ts'
import { report } from './report.ts'
import { runChaos } from './run-chaos.ts'

const PROGRESS_EVERY_MS = 10_000
const FAULTS_SHOWN = 100
const FOREIGN_VOLUMES = 30
/** Each outage takes 75 s with the calm before it; a load that is over by then asks for nothing in it. */
const OUTAGES_SHOWED_NOTHING =
  'rule 10: nothing was asked of other clusters early enough in an outage; give more --operations, a lower --rate, or --outages 0'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  const { servers, workers, clusters, pollIntervalMs, seed, kills, operations, keepFolder } = options
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-chaos-'))
  const historyFile = join(folder, 'history.jsonl')
  const stack = await startStack({
    servers,
    workers,
    pollIntervalMs,
    isWatched: true,
    fleet: { clusters, seed, volumesPerCluster: FOREIGN_VOLUMES, delays: { createMs: 100, updateMs: 50 } },
  })
  try {
    console.log(`${servers} servers, ${workers} workers and ${clusters} clusters are up`)
    console.log(`${kills} kills over ${operations} operations, seed ${seed}`)
    const faults = await runOnce(stack, options, historyFile).catch((error: Error) => [error.message])
    for (const fault of faults.slice(0, FAULTS_SHOWN)) console.error(fault)
    if (faults.length === 0) return
    if (faults.length > FAULTS_SHOWN) console.error(`and ${faults.length - FAULTS_SHOWN} more`)
    process.exitCode = 1
    await keepRemains(stack, keepFolder, historyFile)
    console.error(`seed ${seed}: failed; records, clusters, history and logs are in ${keepFolder}`)
  } finally {
    await stack.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Answers what contradicts, one line each. */
async function runOnce(stack: Stack, options: ChaosOptions, historyFile: string): Promise<string[]> {
  const writer = writeHistory(historyFile)
  const startedAt = performance.now()
  let reportAt = startedAt + PROGRESS_EVERY_MS
  const result = await runChaos(stack, options, writer, (load, kills) => {
    if (performance.now() < reportAt) return
    reportAt = performance.now() + PROGRESS_EVERY_MS
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    console.log(
      `  ${seconds} s: ${load.done} of ${options.operations} operations, ${kills.servers} servers and ${kills.workers} workers killed, ${kills.databaseRestarts} restarts of the database, ${load.failed} never answered`,
    )
  }).finally(() => writer.close())
  const history = await readHistory(historyFile)
  const unanswered = history.filter((line) => line.type === 'answer' && line.typename === null).length
  console.log(`\n${formatTable(report(options, result, unanswered))}\n`)
  for (const [outcome, count] of Object.entries(result.load.outcomes).sort()) {
    console.log(`${String(count).padStart(8)}  ${outcome}`)
  }
  const { sql, secrets, logFiles, fleet } = stack
  const reports = await verifyFleet({
    sql,
    secrets,
    history,
    controlUrl: fleet.controlUrl,
    logFiles: [...logFiles, historyFile],
    convergeMs: 4 * options.pollIntervalMs + 10_000,
  })
  console.log(`\n${formatReports(reports)}`)
  return [
    ...(result.load.failed > 0 ? [`${result.load.failed} requests were never answered`] : []),
    ...(options.outages > 0 && !isShown('10', reports) ? [OUTAGES_SHOWED_NOTHING] : []),
    ...faultLines(reports),
  ]
}

function isShown(rule: string, reports: readonly RuleReport[]): boolean {
  return reports.some((each) => each.rule === rule && each.count > 0)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
