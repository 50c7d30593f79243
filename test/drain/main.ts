import { writeFileSync } from 'node:fs'
import { ApiClient } from '../testkit/api-client.ts'
import { env } from '../testkit/env.ts'
import { runCommand } from '../testkit/run-command.ts'
import { formatScript } from './format-script.ts'
import { type DrainCommand, readOptions, USAGE } from './options.ts'
import { readPlan } from './read-plan.ts'

const EXECUTABLE = 0o755

/** Whether every volume finds another place. @throws Error with what is not well */
async function run(command: DrainCommand): Promise<boolean> {
  if (command.kind === 'help') {
    console.log(USAGE)
    return true
  }
  const { cluster, hostId, file, connection } = command
  const api = new ApiClient(connection.url, connection.token)
  if (hostId !== null) await requireHost(api, hostId)
  const plan = await readPlan(api, cluster)
  const script = formatScript(plan, hostId)
  if (file === null) process.stdout.write(script)
  else writeFileSync(file, script, { mode: EXECUTABLE })
  const unplaced = plan.moves.filter(({ target }) => target === null).length
  const blocked = plan.moves.filter(({ volume }) => volume.blocks.length > 0).length
  console.error(`${plan.moves.length} moves, ${blocked} blocked, ${unplaced} without another place`)
  return unplaced === 0
}

async function requireHost(api: ApiClient, id: string): Promise<void> {
  const { host } = await api.ask<{ host: { id: string } | null }>(
    'query ($id: ID!) { host(id: $id) { id } }',
    {
      id,
    },
  )
  if (!host) throw new Error(`--host: there is no host ${id}; registerHost answers the id of a new one`)
}

await runCommand((args) => readOptions(args, env), USAGE, run)
