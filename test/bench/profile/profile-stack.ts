import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stack } from '../../testkit/stack.ts'
import type { Table } from '../table.ts'
import { functionTable } from './function-table.ts'
import { countStatements, readStatements, resetStatements, statementTable } from './statement-counts.ts'
import { type PackageTime, ROOT, summariseProfile } from './summarise-profile.ts'

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
    prepare: (stack) => countStatements(stack.sql, stack.restartDatabase),
    async begin({ sql }) {
      await resetStatements(sql)
      during.fromUs = nowUs()
    },
    async end({ sql, server, worker }, count) {
      during.untilUs = nowUs()
      volumes = count
      programs = [
        ['server', server.pid],
        ['worker', worker.pid],
      ]
      return statementTable(await readStatements(sql), count)
    },
    functions: () => programs.map(([name, pid]) => functionTable(name, readProfile(pid), volumes)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }

  function readProfile(pid: number | undefined): readonly PackageTime[] {
    // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile
    const file = readdirSync(folder).find((each) => each.split('.')[3] === String(pid))
    if (!file) throw new Error(`process ${pid} has left no profile`)
    return summariseProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')), ROOT, during)
  }
}

/** By the clock that profiles are written in. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
