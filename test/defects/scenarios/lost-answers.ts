import { createVolume } from '../../testkit/volumes.ts'
import type { Scenario } from '../defect.ts'

const RECONCILE = 'workers/src/jobs/volume-reconcile.ts'
const VOLUMES = 12

/** Clusters carry out creates and nobody hears of it, or never hear of them. */
export const lostAnswers: Scenario = {
  name: 'creates whose answers and requests are lost',
  stack: { fleet: { clusters: 3, seed: 3 }, pollIntervalMs: 500 },
  async run({ api, fleet }) {
    for (const cluster of fleet.clusters) {
      cluster.faults.set(
        { kind: 'dropAnswer', operations: ['CreateVolume'], times: 2 },
        { kind: 'dropRequest', operations: ['CreateVolume'], probability: 0.3 },
      )
    }
    await Promise.all(
      Array.from({ length: VOLUMES }, (_, number) =>
        createVolume(api, { idempotencyKey: `lost-${number}`, name: `lost-${number}`, sizeBytes: '1GiB' }),
      ),
    )
  },
  defects: [
    {
      rule: 2,
      name: 'a create without an answer goes to another cluster at once',
      patches: [
        {
          module: RECONCILE,
          find: `    const found = await session.findVolume(project, name)
    if (found) return { found }
    if (error.outcome === 'UNKNOWN') return null`,
          replace: `    if (error.outcome === 'UNKNOWN') return { outcome: { kind: 'REFUSED', error: toOperationError(error) } }`,
        },
      ],
    },
    {
      rule: 2,
      name: 'each try asks for a volume of another name',
      patches: [
        {
          module: RECONCILE,
          find: '      name,\n      sizeBytes,',
          replace: `      name: name.slice(0, -6) + String(Math.random()).slice(2, 8),\n      sizeBytes,`,
        },
      ],
    },
  ],
}
