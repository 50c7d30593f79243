import { mutate } from '../../testkit/data-life.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const VOLUMES = 16
/** Longer than what the checker lets pass for slow. */
const DONE_WITHIN_MS = 24_000

/** One cluster takes requests for snapshots and answers nothing. Snapshots are asked for of volumes on all of them meanwhile. */
async function run(scene: Scene): Promise<void> {
  const [sick] = scene.stack.fleet.clusters
  if (!sick) throw new Error('there is no cluster')
  const created = await Promise.all(
    Array.from({ length: VOLUMES }, (_, number) =>
      scene.create({ name: `kept-${number}`, sizeBytes: '1GiB' }),
    ),
  )
  const areThere = async () => (await count(scene, `volume WHERE state <> 'AVAILABLE'`)) === 0n
  await waitUntil('the volumes to be there', areThere, DONE_WITHIN_MS)
  await scene.during(
    { cluster: sick, answersPolls: true },
    () => sick.faults.set({ kind: 'hang', operations: ['CreateSnapshot'] }),
    () => sick.faults.clear(),
    async () => {
      await Promise.all(created.map(({ volume }) => ask(scene, volume?.id)))
      const others = `snapshot JOIN cluster ON cluster.id = cluster_id WHERE state = 'CREATING' AND cluster.name <> $1`
      const areDone = async () => (await count(scene, others, sick.name)) === 0n
      await waitUntil('the others to be done', areDone, DONE_WITHIN_MS).catch(() => {})
    },
  )
}

async function ask({ stack }: Scene, volumeId: string | undefined): Promise<void> {
  await mutate(stack, 'createSnapshot', { volumeId, name: 'meanwhile' }, 'snapshot { id } operation { id }')
}

async function count({ stack }: Scene, rows: string, ...values: readonly string[]): Promise<bigint> {
  const found = await stack.sql.query<{ count: bigint }>(`SELECT count(*) FROM ${rows}`, [...values])
  return BigInt(found.rows[0]?.count ?? 0)
}

export const sickSnapshots: Scenario = {
  name: 'a cluster that hangs when it is asked for snapshots',
  stack: { fleet: { clusters: 3, seed: 10 }, pollIntervalMs: 500 },
  run,
  defects: [
    {
      rule: 10,
      name: 'snapshots are worked on one after the other, whatever cluster they are on',
      says: /\(CREATE_SNAPSHOT\) on .* waited while/,
      patches: [
        {
          module: 'workers/src/jobs/snapshot-reconcile.ts',
          find: 'dependencies.callLimit.run(lease.clusterId, () => workOn(dependencies, lease, askedAtMs))',
          replace: `(globalThis.line = (globalThis.line ?? Promise.resolve()).catch(() => {}).then(() =>
      workOn(dependencies, lease, dependencies.clock.now())))`,
        },
      ],
    },
  ],
}
