import { startDatabases } from '../testkit/databases.ts'
import { readOptions, USAGE } from './options.ts'
import { runModel } from './run-model.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return
  }
  console.log(`${options.runs} runs of at most ${options.steps} steps, seed ${options.seed}`)
  const databases = await startDatabases()
  try {
    const { runs, steps, failure } = await runModel(databases, options)
    console.log(`${runs} runs, ${steps} steps`)
    if (failure === null) return
    console.error(failure)
    process.exitCode = 1
  } finally {
    await databases.close()
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 2
}
