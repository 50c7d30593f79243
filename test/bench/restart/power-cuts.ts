import type { Stack } from '../../testkit/stack.ts'
import { measureRestart, type Restart } from './measure-restart.ts'
import type { Restarted } from './restarted.ts'
import { supervised } from './supervised.ts'

export interface PowerCuts {
  readonly taken: readonly Restart[]
  /** What PostgreSQL had to do again at most, MiB. */
  readonly replayedMib: number
}

/** Runs the product on the stack's data as `npm start` does, kills all of it, PostgreSQL too, and starts it again. The stack's own processes are not running afterwards. */
export async function powerCuts(stack: Stack, rounds: number): Promise<PowerCuts> {
  const taken: Restart[] = []
  const written: number[] = []
  await Promise.all([stack.server.stop(), stack.worker.stop()])
  await stack.restartDatabase(async () => {
    const whole = supervised(stack)
    try {
      // Once in order: the page is built if it has to be.
      await whole.start().server
      for (let round = 0; round < rounds; round++) {
        written.push(await writeEachVolume(whole))
        taken.push(await measureRestart(whole, `after-cut-${round}`))
      }
    } finally {
      await whole.stop()
    }
  })
  return { taken, replayedMib: Math.max(...written) }
}

/** What a busy fleet writes between two checkpoints. @returns how much PostgreSQL has to do again if it is killed now, MiB */
async function writeEachVolume({ sql }: Restarted): Promise<number> {
  await sql().query('CHECKPOINT')
  await sql().query('UPDATE volume SET updated_at = clock_timestamp()')
  const { rows } = await sql().query<{ mib: number }>(
    'SELECT ((pg_current_wal_lsn() - redo_lsn) / 1048576)::float8 AS mib FROM pg_control_checkpoint()',
  )
  return rows[0]?.mib ?? 0
}
