import { createPolicy } from '../../testkit/policies.ts'
import { refreshAll } from '../../testkit/refresh-all.ts'
import type { StackOptions } from '../../testkit/stack.ts'
import { createVolume } from '../../testkit/volumes.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const GIB = 1n << 30n
/** So many that two servers which both fill the fleet take it past the largest limit of any policy, 1.5, which the checker holds against it. */
const CREATES = 200
const FIRST_WAVE = 60
/** Less than a request may take. */
const CREATED_LATE_MS = 4_500

/** Two servers are asked for more than the fleet may hold, at once. No poll is due soon: one between looking and writing has the figures looked at again. */
async function run(scene: Scene): Promise<void> {
  await createFullPolicy(scene)
  await refreshAll(scene.stack)
  await createMany(scene, 0, CREATES)
}

/** A part of it, and the rest when the clusters have been polled while nothing of that part was there yet. */
async function runInTwoWaves(scene: Scene): Promise<void> {
  const { clusters } = scene.stack.fleet
  await createFullPolicy(scene)
  for (const { faults } of clusters)
    faults.add({ kind: 'latency', delayMs: CREATED_LATE_MS, operations: ['CreateVolume'] })
  await createMany(scene, 0, FIRST_WAVE)
  const before = await countPolls(scene)
  await waitUntil('each cluster to be polled twice', async () => (await countPolls(scene)) >= before + 4n)
  await createMany(scene, FIRST_WAVE, CREATES)
  for (const { faults } of clusters) faults.clear()
}

async function createFullPolicy({ stack }: Scene): Promise<void> {
  const limits = {
    maxProvisionedRatio: { create: '1', resize: '1' },
    minFreeRatio: '0',
    expectedUseRatio: '0',
  }
  await createPolicy(stack.api, { name: 'full', limits: { ...limits, maxObservationAgeMs: 86_400_000 } })
}

async function createMany({ stack: { api, apis } }: Scene, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index)
  await Promise.all(
    numbers.map((number) => {
      const name = `full-${number}`
      const volume = { idempotencyKey: name, name, sizeBytes: '1GiB', replicas: 1, policy: 'full' }
      return createVolume(apis[number % apis.length] ?? api, volume)
    }),
  )
}

async function countPolls({ stack }: Scene): Promise<bigint> {
  const { rows } = await stack.sql.query<{ polls: bigint }>(
    'SELECT sum(sequence)::bigint AS polls FROM cluster_capacity',
  )
  return rows[0]?.polls ?? 0n
}

const STACK = {
  fleet: {
    clusters: 2,
    capacity: { kind: 'list', bytes: [40n * GIB] },
    delays: { createMs: 1_500 },
    seed: 4,
  },
  servers: 2,
  isWatched: true,
} satisfies StackOptions

export const fullFleet: Scenario = {
  name: 'more than the fleet may hold, over two servers at once',
  stack: { ...STACK, pollIntervalMs: 3_000 },
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
      rule: 4,
      name: 'what a placement promises is not written down',
      alsoTellsRule: 3,
      says: /promised after transaction|owe|provisioned/,
      patches: [
        {
          module: 'prisma/src/placement/charge-clusters.ts',
          find: 'SET pending_bytes = pending_bytes + charge.bytes,',
          replace: 'SET pending_bytes = pending_bytes,',
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
  ],
}

export const fullFleetPolled: Scenario = {
  name: 'the same while the clusters are polled all the time',
  stack: { ...STACK, pollIntervalMs: 500 },
  run: runInTwoWaves,
  defects: [
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
