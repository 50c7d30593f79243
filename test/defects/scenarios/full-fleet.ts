import { createPolicy } from '../../testkit/policies.ts'
import { createVolume } from '../../testkit/volumes.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const GIB = 1n << 30n
const CREATES = 120

/** Two servers are asked for more than the fleet may hold, at once. */
async function run(scene: Scene): Promise<void> {
  const { api, apis } = scene.stack
  const limits = {
    maxProvisionedRatio: { create: '1', resize: '1' },
    minFreeRatio: '0',
    expectedUseRatio: '0',
  }
  await createPolicy(api, { name: 'full', limits: { ...limits, maxObservationAgeMs: 86_400_000 } })
  await Promise.all(
    Array.from({ length: CREATES }, (_, number) => {
      const name = `full-${number}`
      const volume = { idempotencyKey: name, name, sizeBytes: '1GiB', replicas: 1, policy: 'full' }
      return createVolume(apis[number % apis.length] ?? api, volume)
    }),
  )
}

export const fullFleet: Scenario = {
  name: 'more than the fleet may hold, over two servers at once',
  stack: {
    fleet: {
      clusters: 2,
      capacity: { kind: 'list', bytes: [40n * GIB] },
      delays: { createMs: 1_500 },
      seed: 4,
    },
    servers: 2,
    // A poll between looking and writing has the figures looked at again, and hides that nobody held the lock.
    pollIntervalMs: 3_000,
    isWatched: true,
  },
  run,
  defects: [
    {
      rule: 3,
      name: 'servers decide without the placement lock',
      says: /promised after transaction|provisioned/,
      patches: [
        {
          module: 'prisma/src/placement/placement-lock.ts',
          find: 'SELECT pg_advisory_xact_lock(',
          replace: 'SELECT (',
        },
        {
          // So that the two surely look before either has written.
          module: 'prisma/src/placement/place-batch.ts',
          find: '        const outcomes = decideBatch(intents, facts)\n',
          replace: `        await client.query('SELECT pg_sleep(0.3)')
        const outcomes = decideBatch(intents, facts)
`,
        },
      ],
    },
    {
      rule: 3,
      name: 'the limit is held against what is there alone, not what was promised',
      says: /promised after transaction|provisioned/,
      patches: [
        {
          module: 'prisma/src/placement/ledger-row.ts',
          find: 'pendingBytes: row.pending_bytes',
          replace: 'pendingBytes: 0n',
        },
      ],
    },
    {
      rule: 4,
      name: 'a poll gives back what it does not contain yet',
      alsoTellsRule: 3,
      says: /promised|owe|provisioned/,
      patches: [
        {
          module: 'prisma/src/polling/write-inventory.ts',
          find: 'THEN 0 ELSE observed_bytes END',
          replace: 'THEN 0 ELSE volume.size_bytes * replicas END',
        },
      ],
    },
  ],
}
