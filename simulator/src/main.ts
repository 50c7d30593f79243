import { HELP, parseCommandLine, UsageError } from './cli/command-line.ts'
import { describeFleet, summarizeFleet } from './cli/fleet-description.ts'
import { writeAtomically } from './persistence/write-atomically.ts'
import { startSimulatedFleet } from './simulated-fleet.ts'

/** Exit statuses: 1 could not start, 2 wrong flags. */
async function main(args: readonly string[]): Promise<void> {
  const command = parseCommandLine(args)
  if (command === 'help') {
    process.stdout.write(HELP)
    return
  }
  const { fleet: options, writeFile } = command
  const fleet = await startSimulatedFleet(options)
  if (writeFile) writeAtomically(writeFile, `${JSON.stringify(describeFleet(fleet), undefined, 2)}\n`)
  console.log(summarizeFleet(fleet, writeFile))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void fleet.close())
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(error instanceof Error ? error.message : error)
  if (isUsage) console.error('Run with --help to see what there is.')
  process.exitCode = isUsage ? 2 : 1
}
