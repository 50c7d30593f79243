import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Stack } from '../testkit/stack.ts'
import { readRecords } from '../verify/read-records.ts'
import { readTruth } from '../verify/read-truth.ts'

/** Writes down what a person needs to see why: records, the clusters' state and past, the history and the logs. */
export async function keepRemains(
  { sql, fleet, logFiles }: Pick<Stack, 'sql' | 'fleet' | 'logFiles'>,
  folder: string,
  historyFile: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), JSON.stringify(value, decimalBigints, 1))
  write('records.json', await readRecords(sql))
  write('clusters.json', await readTruth(fleet.controlUrl))
  for (const file of [historyFile, ...logFiles].filter((each) => existsSync(each))) {
    copyFileSync(file, join(folder, basename(file)))
  }
}

function decimalBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
