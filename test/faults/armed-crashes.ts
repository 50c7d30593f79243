import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crashOnceAt } from '../testkit/patches/crash-points.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import type { Program } from '../testkit/program.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { CRASH_POINTS, type CrashRow } from './crash-points.ts'

export interface ArmedCrashes {
  /** For every process of the stack; none dies before it is armed. */
  readonly env: Record<string, string>
  /** From now on whoever first comes to the point dies there, once. */
  arm(row: CrashRow): void
  /** Settles when it has died there. */
  untilDead(row: CrashRow, program: Program): Promise<void>
  remove(): void
}

export function armCrashes(): ArmedCrashes {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-crashes-'))
  const markOf = (row: string) => join(folder, row)
  const points = Object.entries(CRASH_POINTS)
  for (const [row] of points) writeFileSync(markOf(row), 'not armed')
  return {
    env: patchedEnv([...SHORT_LEASES, ...points.map(([row, point]) => crashOnceAt(point, markOf(row)))]),
    arm: (row) => rmSync(markOf(row)),
    async untilDead(row, program) {
      await waitUntil(`the process to come to ${row}`, () => existsSync(markOf(row)))
      await program.stop('SIGKILL')
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
