import { waitForRest } from '../../testkit/volumes.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const GIB = 1n << 30n

/** Somebody makes, grows and deletes volumes, and puts one of his own where one of ours was. */
async function run(scene: Scene): Promise<void> {
  const created = await Promise.all(
    ['grown', 'lost', 'replaced'].map((name) => scene.create({ name, sizeBytes: '4GiB' })),
  )
  const there = await Promise.all(
    created.map(async (each) => {
      const cluster = scene.clusterOf(each)
      const name = `flo-${each.volume?.id.slice('vol_'.length)}`
      const record = await waitUntil(`${name} to be there`, () =>
        cluster.volumes().find((one) => one.name === name),
      )
      await waitUntil('it to be known', async () => (await scene.state(each.volume?.id)) === 'AVAILABLE')
      return { cluster, uuid: record.uuid, name, id: each.volume?.id }
    }),
  )
  const [grown, lost, replaced] = there
  if (!grown || !lost || !replaced) throw new Error('three volumes were asked for')
  // While anything is promised each poll lists the volumes, and would see what comes now without looking for it.
  await waitForRest(scene.stack)
  grown.cluster.createForeignVolume({ name: 'theirs', sizeBytes: 2n * GIB })
  grown.cluster.resizeVolume(grown.uuid, 6n * GIB)
  lost.cluster.deleteVolume(lost.uuid)
  replaced.cluster.deleteVolume(replaced.uuid)
  const namesake = replaced.cluster.createForeignVolume({ name: replaced.name, sizeBytes: 4n * GIB })
  await scene.change('deleteVolume', { id: replaced.id })
  await waitUntil('its deletion to be done', async () => (await scene.state(replaced.id)) === 'DELETED')
  // As long as it is there, it is neither ours nor reported.
  if (replaced.cluster.volumes().some(({ uuid }) => uuid === namesake.uuid)) {
    replaced.cluster.deleteVolume(namesake.uuid)
  }
  await waitUntil(
    'the loss to be noticed',
    async () => (await scene.state(lost.id)) !== 'AVAILABLE',
    NOTICED_WITHIN_MS,
  ).catch(() => {})
}

/** Whether it is noticed at all is the checker's business. */
const NOTICED_WITHIN_MS = 15_000

export const behindOurBack: Scenario = {
  name: 'volumes that somebody makes, grows, deletes and replaces',
  stack: { fleet: { clusters: 2, seed: 5 }, pollIntervalMs: 500 },
  run,
  defects: [
    {
      rule: 9,
      name: 'inventories are read only while something is pending',
      says: /has .*, by the other side|and on no cluster/,
      patches: [
        {
          module: 'workers/src/jobs/observe-cluster.ts',
          find: 'poll.inventoryDue || !poll.last || poll.last.pendingBytes > 0n',
          replace: '!poll.last || poll.last.pendingBytes > 0n',
        },
        {
          module: 'workers/src/jobs/observe-cluster.ts',
          find: 'statistics.provisionedBytes !== poll.last.reportedBytes',
          replace: 'statistics.provisionedBytes < 0n',
        },
      ],
    },
    {
      rule: 13,
      name: 'a missing volume is made again',
      says: /was made again on/,
      patches: [
        {
          module: 'prisma/src/polling/write-inventory.ts',
          find: `state = CASE WHEN state = 'AVAILABLE' THEN 'MISSING' ELSE state END`,
          replace: `state = CASE WHEN state = 'AVAILABLE' THEN 'CREATING' ELSE state END, next_reconcile_at = $7`,
        },
      ],
    },
    {
      rule: 13,
      name: 'what bears the name of ours is taken for ours and deleted',
      says: /was (deleting|gone) by a client/,
      patches: [
        {
          module: 'workers/src/jobs/volume-reconcile.ts',
          find: 'lease.backendId ?? attempt.createdId',
          replace: 'attempt.createdId',
        },
      ],
    },
  ],
}
