import { cpus } from 'node:os'
import { benchCreate } from './create/bench-create.ts'
import { benchDecision } from './decision/bench-decision.ts'
import { benchDurable } from './durable/bench-durable.ts'
import { benchInventory } from './inventory/bench-inventory.ts'
import { benchJoining } from './joining/bench-joining.ts'
import { type BenchmarkName, type BenchmarkOptions, readOptions, USAGE } from './options.ts'
import { benchPolling } from './polling/bench-polling.ts'
import { benchQuality } from './quality/bench-quality.ts'
import { readCommit } from './read-commit.ts'
import { benchRecords } from './records/bench-records.ts'
import { benchRecovery } from './recovery/bench-recovery.ts'
import { benchRestart } from './restart/bench-restart.ts'
import { type Bounded, formatTable, type Table } from './table.ts'

const BENCHMARKS: Record<
  BenchmarkName,
  (rounds: number, options: BenchmarkOptions) => Table | Promise<Table | Bounded>
> = {
  quality: benchQuality,
  joining: benchJoining,
  decision: (rounds, { profile }) => benchDecision(rounds, profile ? show : undefined),
  durable: (rounds, { profile }) => benchDurable(rounds, profile ? show : undefined),
  create: (rounds, { profile }) => benchCreate(rounds, profile ? show : undefined),
  records: benchRecords,
  inventory: (_rounds, { volumes }) => benchInventory(volumes),
  restart: benchRestart,
  polling: (_rounds, options) => benchPolling(options),
  recovery: benchRecovery,
}

/** Of the sources as they were when the command began. */
const commit = readCommit()

function show(table: Table): void {
  console.log(`${formatTable(table)}\n`)
  if (commit) console.log(`Taken on commit ${commit}.\n`)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  console.log(`${options.name}, ${options.rounds} rounds, ${date}`)
  console.log(`Node ${process.version}, ${cpus().length} x ${cpu?.model}\n`)
  const measured = await BENCHMARKS[options.name](options.rounds, options)
  if (!('table' in measured)) {
    show(measured)
    return
  }
  show(measured.table)
  for (const line of measured.pastBounds) console.error(line)
  if (measured.pastBounds.length > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
