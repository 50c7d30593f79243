import { formatTable } from '../bench/table.ts'
import { startStack } from '../testkit/stack.ts'
import { readOptions, USAGE } from './options.ts'
import { report } from './report.ts'
import { runRace } from './run-race.ts'

const FAULTS_SHOWN = 50

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  const { servers, clusters, pollIntervalMs, seed } = options
  const stack = await startStack({ servers, pollIntervalMs, fleet: { clusters, seed } })
  try {
    console.log(
      `${servers} servers and ${clusters} clusters are up; ${options.creates} creates, seed ${seed}`,
    )
    const result = await runRace(stack, options, ({ answers, deleted }) => {
      const refused = answers.filter(({ volume }) => volume === null).length
      console.log(`  ${answers.length} creates answered, ${refused} of them refused; ${deleted} deletions`)
    })
    console.log(`\n${formatTable(report(options, result))}`)
    for (const fault of result.faults.slice(0, FAULTS_SHOWN)) console.error(fault)
    if (result.faults.length > 0) process.exitCode = 1
  } finally {
    await stack.close()
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
