import { parseArgs } from 'node:util'
import { CONNECTION_USAGE, connectionOptions, readConnection } from '../testkit/connection-options.ts'

export const USAGE = `npm run policy -- COMMAND [options]

  test FILE       decides the cases of a file with the placer of the product, and tells where it disagrees
  check FILE      tells every fault of a policy
  apply FILE      makes the policy of the file, or its next revision; nothing when it is in force already
  show NAME       prints the policy in force as a file that check and apply take

FILE is YAML; JSON is YAML, too. Ratios are decimals in quotes ("1.5"), sizes whole numbers with a binary unit (16TiB).
Faults are told with line, column and path, and with what is allowed. docs/policies.md describes both kinds of files.

  --revision N    of show: an earlier revision                       (the one in force)
${CONNECTION_USAGE}
  --help

The exit code is 0 when all is well; 1 when a case does not hold, a file is at fault, or Flotilla refuses or does not
answer; 2 when the command is wrong.
`

const ALLOWED = 'allowed: test, check, apply, show, --help'

interface Connection {
  readonly url: string
  readonly token: string
}

export type PolicyCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'test' | 'check'; readonly file: string }
  | { readonly kind: 'apply'; readonly file: string; readonly connection: Connection }
  | {
      readonly kind: 'show'
      readonly name: string
      readonly revision: number | null
      readonly connection: Connection
    }

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): PolicyCommand {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...connectionOptions(env),
      revision: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { kind: 'help' }
  const [kind, subject, ...more] = positionals
  if (values.revision !== undefined && kind !== 'show') throw new Error('--revision belongs to show')
  if (more.length > 0) throw new Error(`"${more.join(' ')}" is too much`)
  switch (kind) {
    case 'test':
    case 'check':
      return { kind, file: required(subject, `${kind} FILE`) }
    case 'apply':
      return { kind, file: required(subject, 'apply FILE'), connection: readConnection(values) }
    case 'show':
      return {
        kind,
        name: required(subject, 'show NAME'),
        revision: readRevision(values.revision),
        connection: readConnection(values),
      }
    default:
      throw new Error(
        `${kind === undefined ? 'a command is missing' : `"${kind}" is no command`}; ${ALLOWED}`,
      )
  }
}

function required(subject: string | undefined, form: string): string {
  if (subject) return subject
  throw new Error(`something is missing; allowed: ${form}`)
}

function readRevision(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`--revision: "${text}" is not allowed; allowed is 1 and more`)
}
