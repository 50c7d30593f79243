import { ApiClient } from '../testkit/api-client.ts'
import { env } from '../testkit/env.ts'
import { runCommand } from '../testkit/run-command.ts'
import { applyPolicy } from './apply-policy.ts'
import { formatResults } from './format-results.ts'
import { type PolicyCommand, readOptions, USAGE } from './options.ts'
import { readPolicyFile } from './policy-file.ts'
import { showPolicy } from './show-policy.ts'
import { testPolicy } from './test-policy.ts'

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

await runCommand((args) => readOptions(args, env), USAGE, run)
