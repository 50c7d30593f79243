import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseMasterKeys } from '@flotilla/core/settings/master-keys'
import { findEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import type { Secret } from './find-leaks.ts'

export const USAGE = `npm run verify -- [options]

Waits until nothing is under way, then holds the records against the simulated clusters' own state and past, and against what
clients kept of a run: rule by rule of what must always hold. Ends with 1 when anything contradicts. By default of what
"npm start -- --demo" runs here.

  --home DIR      folder of that Flotilla                            ($FLOTILLA_HOME, .flotilla)
  --database URL  its PostgreSQL                                     ($DATABASE_URL, or the one in its folder)
  --control URL   the simulator's control port                       (as told in the folder)
  --history FILE  what clients kept: npm run load -- --history FILE  (none)
  --logs FILE     also looked through for secrets; may be repeated   (PostgreSQL's own)
  --wait S        how long to wait until nothing is under way        (300)
  --converge S    and then for contradictions to go: two poll intervals and some (30)
  --watch on|off  keep every change of records from now on, or no longer; then end. What a watch kept is
                  verified too: transitions, fencing numbers, an event for each change, the ledger at each commit
  --help
`

export interface VerifyOptions {
  readonly connectionString: string
  readonly controlUrl: string
  readonly historyFile: string | null
  readonly logFiles: readonly string[]
  readonly waitMs: number
  readonly convergeMs: number
  /** Null when the fleet is to be verified. */
  readonly watch: 'on' | 'off' | null
  readonly secrets: readonly Secret[]
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): VerifyOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      home: { type: 'string', default: env.FLOTILLA_HOME ?? '.flotilla' },
      database: { type: 'string' },
      control: { type: 'string' },
      history: { type: 'string' },
      logs: { type: 'string', multiple: true, default: [] },
      wait: { type: 'string', default: '300' },
      converge: { type: 'string', default: '30' },
      watch: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const { home, watch = null } = values
  if (watch !== null && watch !== 'on' && watch !== 'off') {
    throw new Error(`--watch: "${watch}" is not allowed; allowed are on and off`)
  }
  const fleet = readFleetFile(home)
  const controlUrl = values.control ?? fleet?.controlUrl
  if (!controlUrl) {
    throw new Error(
      `no simulator is told of in ${home}: start "npm start -- --demo" first, or name it with --home or --control`,
    )
  }
  return {
    connectionString: values.database ?? env.DATABASE_URL ?? readEmbedded(home),
    controlUrl: controlUrl.replace(/\/$/, ''),
    historyFile: values.history ?? null,
    logFiles: [...values.logs, ...present(join(home, 'data', 'postgresql.log'))],
    waitMs: readSeconds('wait', values.wait),
    convergeMs: readSeconds('converge', values.converge),
    watch,
    secrets: [
      ...present(join(home, 'keys', 'master-key'))
        .flatMap((path) => parseMasterKeys(readFileSync(path, 'utf8')) ?? [])
        .map((value) => ({ name: 'master key', value })),
      ...secretIn(join(home, 'admin-token'), 'admin token'),
      ...(fleet?.clusters ?? []).map(({ name, token }) => ({ name: `token of ${name}`, value: token })),
    ],
  }
}

/** In milliseconds. */
function readSeconds(name: string, text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400)) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is 0 to 86400`)
  }
  return seconds * 1_000
}

interface FleetFile {
  readonly controlUrl: string
  readonly clusters: readonly { readonly name: string; readonly token: string }[]
}

function readFleetFile(home: string): FleetFile | null {
  const [file] = present(join(home, 'demo-fleet.json'))
  return file ? JSON.parse(readFileSync(file, 'utf8')) : null
}

function readEmbedded(home: string): string {
  const address = findEmbeddedPostgres(join(home, 'data'))
  if (address) return address
  throw new Error(
    `no PostgreSQL runs in ${home}: start Flotilla there first, or name one with --home or --database`,
  )
}

function secretIn(file: string, name: string): Secret[] {
  return present(file).map((path) => ({ name, value: readFileSync(path, 'utf8').trim() }))
}

function present(path: string): string[] {
  return existsSync(path) ? [path] : []
}
