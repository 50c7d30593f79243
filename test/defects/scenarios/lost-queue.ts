import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const VOLUMES = 6

/** The worker is killed, volumes are asked for, and the queue forgets them before another worker comes. */
async function run(scene: Scene): Promise<void> {
  const { worker, sql } = scene.stack
  await worker.stop('SIGKILL')
  await Promise.all(
    Array.from({ length: VOLUMES }, (_, number) =>
      scene.create({ name: `queued-${number}`, sizeBytes: '1GiB' }),
    ),
  )
  const { rows } = await sql.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename LIKE '%job%'`,
  )
  await sql.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} CASCADE`)
  await worker.start()
}

export const lostQueue: Scenario = {
  name: 'a queue that loses everything while no worker runs',
  stack: { fleet: { clusters: 2, seed: 7 }, pollIntervalMs: 500 },
  run,
  defects: [
    {
      rule: 7,
      name: 'work is in the queue alone, and nobody looks into the records for it',
      says: /is CREATING, which is not final/,
      patches: [
        {
          module: 'workers/src/sweep.ts',
          find: 'await dueVolumes.begin()',
          replace: '',
        },
      ],
    },
  ],
}
