import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const VOLUMES = 4

/** Volumes are asked for, with the jobs in Redis, and clients look at the fleet. */
async function run(scene: Scene): Promise<void> {
  await Promise.all(
    Array.from({ length: VOLUMES }, (_, number) =>
      scene.create({ name: `in-redis-${number}`, sizeBytes: '1GiB' }),
    ),
  )
  await scene.look()
}

export const redisQueue: Scenario = {
  name: 'volumes whose jobs are in Redis, and clients who look',
  stack: { fleet: { clusters: 2, seed: 8 }, pollIntervalMs: 500 },
  queue: 'Redis',
  run,
  defects: [
    {
      rule: 12,
      name: 'a job’s payload has the master key in it',
      says: /\.aof has the master key in plain text/,
      patches: [
        {
          module: 'workers/src/client.ts',
          find: 'take(pollNow).map((clusterId) => ({ clusterId }))',
          replace: 'take(pollNow).map((clusterId) => ({ clusterId, key: process.env.FLOTILLA_MASTER_KEY }))',
        },
      ],
    },
    {
      rule: 12,
      name: 'an answer says with which key credentials are sealed',
      says: /answers\.log has the master key in plain text/,
      patches: [
        {
          module: 'schema/src/clusters/cluster.ts',
          find: `t.exposeString('connectionError', {`,
          replace: 't.string({ resolve: () => process.env.FLOTILLA_MASTER_KEY,',
        },
      ],
    },
  ],
}
