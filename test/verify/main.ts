import type pg from 'pg'
import { env } from './env.ts'
import { formatReports } from './format-reports.ts'
import { openRecords } from './open-records.ts'
import { readOptions, USAGE, type VerifyOptions } from './options.ts'
import { readHistory } from './read-history.ts'
import { readTruth } from './read-truth.ts'
import { faultLines } from './verify.ts'
import { verifyFleet } from './verify-fleet.ts'
import { waitForQuiescence } from './wait-for-quiescence.ts'
import { endWatch, watchRecords } from './watch-records.ts'

const FAULTS_SHOWN = 200

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), env)
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  const pool = openRecords(options.connectionString, 4)
  try {
    if (options.watch === 'on') await watchRecords(pool)
    else if (options.watch === 'off') await endWatch(pool)
    else await verifyOnce(pool, options)
  } finally {
    await pool.end()
  }
}

async function verifyOnce(sql: pg.Pool, options: VerifyOptions): Promise<void> {
  const { controlUrl, historyFile, secrets, logFiles, waitMs, convergeMs } = options
  const provisioned = async () =>
    new Map((await readTruth(controlUrl)).map(({ name, provisionedBytes }) => [name, provisionedBytes]))
  await waitForQuiescence(sql, provisioned, waitMs)
  const history = historyFile ? await readHistory(historyFile) : []
  const files = historyFile ? [...logFiles, historyFile] : logFiles
  const reports = await verifyFleet({ sql, controlUrl, secrets, logFiles: files, history, convergeMs })
  console.log(formatReports(reports))
  const faults = faultLines(reports)
  for (const fault of faults.slice(0, FAULTS_SHOWN)) console.error(fault)
  if (faults.length > FAULTS_SHOWN) console.error(`and ${faults.length - FAULTS_SHOWN} more`)
  if (faults.length > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
