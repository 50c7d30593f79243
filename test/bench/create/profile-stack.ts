import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stack } from '../../testkit/stack.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Table } from '../table.ts'
import { summariseProfile } from './summarise-profile.ts'

const ROOT = new URL('../../../', import.meta.url).href
const PACKAGES_SHOWN = 8
const FUNCTIONS_SHOWN = 3
const STATEMENTS_SHOWN = 10
const STATEMENT_LENGTH = 100

/** What the processes of a stack spend their time on. */
export interface StackProfile {
  /** For servers and workers, which write down when they end what they have done. */
  readonly env: Readonly<Record<string, string>>
  /** Has PostgreSQL count its statements; it is started again for that. */
  prepare(stack: Stack): Promise<void>
  /** What comes from now on is counted. */
  begin(stack: Stack): Promise<void>
  /** The statements so far; what comes from now on is not counted. */
  end(stack: Stack, volumes: number): Promise<Table>
  /** The functions, once the stack has been closed. */
  functions(): readonly Table[]
  remove(): void
}

export function profileStack(): StackProfile {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-profile-'))
  const during = { fromUs: 0, untilUs: 0 }
  let programs: readonly (readonly [name: string, pid: number | undefined])[] = []
  let volumes = 1
  return {
    env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir="${folder}"` },
    async prepare(stack) {
      await stack.sql.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`)
      await stack.restartDatabase()
      await waitUntil('the database to be back', () =>
        stack.sql.query('CREATE EXTENSION pg_stat_statements').then(
          () => true,
          () => false,
        ),
      )
    },
    async begin({ sql }) {
      await sql.query('SELECT pg_stat_statements_reset()')
      during.fromUs = nowUs()
    },
    async end({ sql, server, worker }, count) {
      during.untilUs = nowUs()
      volumes = count
      programs = [
        ['server', server.pid],
        ['worker', worker.pid],
      ]
      const { rows } = await sql.query<StatementRow>(
        `SELECT query, calls::float8 AS calls, total_exec_time AS ms, sum(total_exec_time) OVER () AS all_ms
         FROM pg_stat_statements WHERE toplevel ORDER BY total_exec_time DESC LIMIT $1`,
        [STATEMENTS_SHOWN],
      )
      return statementTable(rows, count)
    },
    functions: () => programs.map(([name, pid]) => functionTable(name, readProfile(pid))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }

  function readProfile(pid: number | undefined): ReturnType<typeof summariseProfile> {
    // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile
    const file = readdirSync(folder).find((each) => each.split('.')[3] === String(pid))
    if (!file) throw new Error(`process ${pid} has left no profile`)
    return summariseProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')), ROOT, during)
  }

  function functionTable(name: string, packages: ReturnType<typeof summariseProfile>): Table {
    const all = packages.reduce((sum, { us }) => sum + us, 0)
    const share = (us: number) => `${((100 * us) / all).toFixed(0)} %`
    return [
      [`${name}: functions of`, 'us a volume', 'share', 'most of it'],
      ...packages.slice(0, PACKAGES_SHOWN).map((each) => [
        each.name,
        (each.us / volumes).toFixed(0),
        share(each.us),
        each.functions
          .slice(0, FUNCTIONS_SHOWN)
          .map((own) => `${own.name} ${share(own.us)}`)
          .join(', '),
      ]),
    ]
  }
}

interface StatementRow {
  readonly query: string
  readonly calls: number
  readonly ms: number
  readonly all_ms: number
}

function statementTable(rows: readonly StatementRow[], volumes: number): Table {
  return [
    ['PostgreSQL: statements', 'us a volume', 'share', 'calls'],
    ...rows.map(({ query, calls, ms, all_ms }) => [
      query.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, STATEMENT_LENGTH),
      ((1000 * ms) / volumes).toFixed(0),
      `${((100 * ms) / all_ms).toFixed(0)} %`,
      String(calls),
    ]),
  ]
}

/** By the clock that profiles are written in. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
