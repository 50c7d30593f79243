import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const VOLUMES = 16
/** Longer than what the checker lets pass for slow. */
const DONE_WITHIN_MS = 24_000
const LOOKS = 12

/** One cluster takes requests for volumes and answers nothing; then it answers nobody. Others are asked for volumes meanwhile. */
async function run(scene: Scene): Promise<void> {
  const [sick] = scene.stack.fleet.clusters
  if (!sick) throw new Error('there is no cluster')
  const hang = () => sick.faults.set({ kind: 'hang', operations: ['CreateVolume', 'GetVolume'] })
  await scene.during(
    { cluster: sick, answersPolls: true },
    hang,
    () => sick.faults.clear(),
    async () => {
      const created = await Promise.all(
        Array.from({ length: VOLUMES }, (_, number) =>
          scene.create({ name: `sick-${number}`, sizeBytes: '1GiB' }),
        ),
      )
      const well = created.filter((each) => each.volume?.cluster.name !== sick.name)
      const areDone = async () => {
        const states = await Promise.all(well.map(({ volume }) => scene.state(volume?.id)))
        return states.every((state) => state === 'AVAILABLE')
      }
      await waitUntil('the others to be done', areDone, DONE_WITHIN_MS).catch(() => {})
    },
  )
  await scene.look()
  await scene.during(
    { cluster: sick, answersPolls: false },
    () => sick.setConnectivity('refused'),
    () => sick.setConnectivity('open'),
    async () => {
      for (let looks = 0; looks < LOOKS; looks++) {
        await sleep(300)
        await scene.look()
      }
    },
  )
}

export const sickCluster: Scenario = {
  name: 'a cluster that hangs, then answers nobody',
  stack: { fleet: { clusters: 3, seed: 6 }, pollIntervalMs: 500 },
  run,
  defects: [
    {
      rule: 6,
      name: 'a failed poll makes the figures young again',
      says: /when it answered nobody/,
      patches: [
        {
          module: 'prisma/src/polling/record-poll-failure.ts',
          find: 'const before = {',
          replace: `await client.query('UPDATE cluster_capacity SET observed_at = $2 WHERE cluster_id = $1', [poll.clusterId, poll.startedAt])
      const before = {`,
        },
      ],
    },
    {
      rule: 6,
      name: 'a failed poll writes zeros',
      says: /both as of/,
      patches: [
        {
          module: 'prisma/src/polling/record-poll-failure.ts',
          find: 'const before = {',
          replace: `await client.query('UPDATE cluster_capacity SET effective_bytes = 0 WHERE cluster_id = $1', [poll.clusterId])
      const before = {`,
        },
      ],
    },
    {
      rule: 10,
      name: 'volumes are worked on one after the other, whatever cluster they are on',
      says: /waited while/,
      patches: [
        {
          module: 'workers/src/clusters/call-limit.ts',
          find: 'return work().finally(() => {',
          replace: `globalThis.line = (globalThis.line ?? Promise.resolve()).catch(() => {}).then(work)
      return globalThis.line.finally(() => {`,
        },
      ],
    },
  ],
}
