import { ApiClient } from '../testkit/api-client.ts'
import { applyPolicy } from './apply-policy.ts'
import { env } from './env.ts'
import { formatResults } from './format-results.ts'
import { type PolicyCommand, readOptions, USAGE } from './options.ts'
import { readPolicyFile } from './policy-file.ts'
import { showPolicy } from './show-policy.ts'
import { testPolicy } from './test-policy.ts'

const FAILED = 1
const WRONG_COMMAND = 2

/** Whether all is well. @throws Error with what is not */
async function run(command: PolicyCommand): Promise<boolean> {
  switch (command.kind) {
    case 'help':
      console.log(USAGE)
      return true
    case 'test': {
      const results = testPolicy(command.file)
      console.log(formatResults(results))
      return results.every(({ holds }) => holds)
    }
    case 'check': {
      const { document } = readPolicyFile(command.file)
      console.log(`policy ${document.name}: no fault`)
      return true
    }
    case 'apply':
      console.log(await applyPolicy(clientOf(command), readPolicyFile(command.file)))
      return true
    case 'show':
      process.stdout.write(await showPolicy(clientOf(command), command.name, command.revision))
      return true
  }
}

function clientOf({ connection }: Extract<PolicyCommand, { kind: 'apply' | 'show' }>): ApiClient {
  return new ApiClient(connection.url, connection.token)
}

/** `fetch` says only that it failed; its cause says why. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function readCommand(): PolicyCommand | null {
  try {
    return readOptions(process.argv.slice(2), env)
  } catch (error) {
    console.error(`${explain(error)}\n\n${USAGE}`)
    return null
  }
}

const command = readCommand()
try {
  if (command === null) process.exitCode = WRONG_COMMAND
  else if (!(await run(command))) process.exitCode = FAILED
} catch (error) {
  console.error(explain(error))
  process.exitCode = FAILED
}
