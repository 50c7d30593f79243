import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { readBatches, readDecisionsByBatch } from '../races/read-records.ts'
import type { Secret } from './find-leaks.ts'
import type { HistoryLine } from './history.ts'
import { readRecords } from './read-records.ts'
import { readTruth } from './read-truth.ts'
import { type RuleReport, verify } from './verify.ts'

export interface FleetUnderCheck {
  readonly sql: pg.Pool
  /** Of the simulator. */
  readonly controlUrl: string
  readonly secrets: readonly Secret[]
  readonly logFiles: readonly string[]
  readonly history: readonly HistoryLine[]
  /** For so long the fleet is looked at again while anything contradicts: two poll intervals and some. */
  readonly convergeMs: number
}

const PAUSE_MS = 1_000

/** Reads everything and holds it against each other, until nothing contradicts or the time for that is over. */
export async function verifyFleet(fleet: FleetUnderCheck): Promise<readonly RuleReport[]> {
  const { sql, controlUrl, secrets, logFiles, history, convergeMs } = fleet
  const deadline = performance.now() + convergeMs
  for (;;) {
    const records = await readRecords(sql, secrets, logFiles)
    const truth = await readTruth(controlUrl)
    const batches = readBatches(sql, await readDecisionsByBatch(sql))
    const reports = await verify({ records, truth, history }, batches)
    const isConverged = reports.every(({ faults }) => faults.length === 0)
    if (isConverged || performance.now() > deadline) return reports
    await sleep(PAUSE_MS)
  }
}
