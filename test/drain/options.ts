import { parseArgs } from 'node:util'
import { CONNECTION_USAGE, connectionOptions, readConnection } from '../testkit/connection-options.ts'

export const USAGE = `npm run drain -- plan CLUSTER [options]

Writes a script of all moves that empty a cluster, to be read first. CLUSTER is its name or its id. The script is run on
the host that copies, as root, move by move; it needs bash, curl, nvme-cli, dd and cmp there.

  --host HOST_ID  the host that copies; its id                       (the script wants COPYING_HOST_ID)
  --out FILE      where to write the script                          (the standard output)
${CONNECTION_USAGE}
  --help

The exit code is 0 when all is well; 1 when a volume finds no other place, or Flotilla refuses or does not answer; 2 when
the command is wrong.
`

export interface PlanCommand {
  readonly kind: 'plan'
  /** Its name or id. */
  readonly cluster: string
  readonly hostId: string | null
  readonly file: string | null
  readonly connection: ReturnType<typeof readConnection>
}

export type DrainCommand = { readonly kind: 'help' } | PlanCommand

const ALLOWED = 'allowed: plan CLUSTER, --help'

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): DrainCommand {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...connectionOptions(env),
      host: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { kind: 'help' }
  const [kind, cluster, ...more] = positionals
  if (kind !== 'plan') {
    throw new Error(`${kind === undefined ? 'a command is missing' : `"${kind}" is no command`}; ${ALLOWED}`)
  }
  if (!cluster) throw new Error(`the cluster is missing; ${ALLOWED}`)
  if (more.length > 0) throw new Error(`"${more.join(' ')}" is too much; ${ALLOWED}`)
  for (const name of ['host', 'out'] as const) {
    if (values[name] === '') throw new Error(`--${name} is empty`)
  }
  return {
    kind,
    cluster,
    hostId: values.host ?? null,
    file: values.out ?? null,
    connection: readConnection(values),
  }
}
