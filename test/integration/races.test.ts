import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRace } from '../races/run-race.ts'
import { createPolicy } from '../testkit/policies.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type CreateVolumeAnswer, createVolume, DELETE_VOLUME, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n
const SERVERS = 8
const CLIENTS = 64
const CLUSTERS = 4
const CAPACITY = 10n * TIB
const ROUNDS = 5
const POLL_INTERVAL_MS = 1_000

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    servers: SERVERS,
    pollIntervalMs: POLL_INTERVAL_MS,
    fleet: { clusters: CLUSTERS, capacity: { kind: 'list', bytes: [CAPACITY] }, seed: 5 },
  })
})

afterAll(() => stack?.close())

test('X1: of 64 requests for the last tebibyte, over 8 servers, one wins; when it is deleted, one wins again', async () => {
  await createPolicy(stack.api, {
    name: 'to-the-brim',
    limits: { maxProvisionedRatio: { create: '1', resize: '1' } },
  })
  const [withRoom, ...full] = stack.fleet.clusters
  if (!withRoom) throw new Error('there are clusters')
  const filled = [
    withRoom.createForeignVolume({ name: 'theirs', sizeBytes: CAPACITY - TIB, replicaCount: 1 }),
    ...full.map((cluster) =>
      cluster.createForeignVolume({ name: 'theirs', sizeBytes: CAPACITY, replicaCount: 1 }),
    ),
  ]
  for (let round = 0; round < ROUNDS; round++) {
    await waitUntil('the fleet to be full but for one tebibyte', async () => {
      const counted = await countedBytes()
      return stack.fleet.clusters.every(
        ({ name }) => counted.get(name) === (name === withRoom.name ? CAPACITY - TIB : CAPACITY),
      )
    })
    const answers = await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => askForTheLast(`last-${round}-${client}`, client)),
    )
    const [winner, ...others] = answers.filter(({ volume }) => volume)
    expect(others).toEqual([])
    expect(winner?.volume?.cluster.name).toBe(withRoom.name)
    for (const answer of answers.filter((each) => each !== winner)) expectRefusal(answer)
    const { rows } = await stack.sql.query<{ id: string }>(
      `SELECT id FROM volume WHERE state NOT IN ('DELETED', 'FAILED')`,
    )
    expect(rows).toEqual([{ id: winner?.volume?.id }])
    expect(await countedBytes()).toEqual(new Map(stack.fleet.clusters.map(({ name }) => [name, CAPACITY])))
    await stack.api.ask(DELETE_VOLUME, {
      input: { idempotencyKey: `delete-${round}`, id: winner?.volume?.id },
    })
  }
  for (const [index, cluster] of stack.fleet.clusters.entries())
    cluster.deleteVolume(filled[index]?.uuid ?? '')
  await waitForRest(stack)
})

test('8 servers, 64 clients and a fleet that fills up: every placement and every refusal is justified', async () => {
  const creates = 1_000
  const result = await runRace(stack, {
    servers: SERVERS,
    clients: CLIENTS,
    creates,
    deletes: 0.3,
    clusters: CLUSTERS,
    pollIntervalMs: POLL_INTERVAL_MS,
    seed: 1,
  })
  expect(result.faults).toEqual([])
  expect(result.created).toBe(creates)
  expect(result.decisions - result.hops).toBe(creates)
  expect(result.refused).toBeGreaterThan(creates / 10)
  expect(result.fullest).toBeGreaterThan(0.99)
  expect(result.deleted).toBeGreaterThan(creates * 0.2)
}, 300_000)

function askForTheLast(name: string, client: number): Promise<CreateVolumeAnswer['createVolume']> {
  const api = stack.apis[client % SERVERS] ?? stack.api
  const sizeBytes = String(TIB)
  return createVolume(api, { idempotencyKey: name, name, sizeBytes, replicas: 1, policy: 'to-the-brim' })
}

/** With the numbers: one tebibyte too much for each. */
function expectRefusal({ __typename, message, decision }: CreateVolumeAnswer['createVolume']): void {
  const explanation = 'needs 1.00 TiB, would be 1.10 of 1.00 allowed'
  expect(__typename).toBe('NoFeasibleClusterError')
  expect(message).toContain(explanation)
  expect(decision?.cluster).toBeNull()
  expect(decision?.verdicts.map(({ rejection }) => rejection)).toEqual(
    Array.from({ length: CLUSTERS }, () => ({ reason: 'PROMISED_LIMIT', explanation })),
  )
}

/** What counts against each cluster's limit, by name. */
async function countedBytes(): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await stack.sql.query<{ name: string; bytes: bigint }>(
    `SELECT name, provisioned_bytes + pending_bytes AS bytes
     FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id ORDER BY name`,
  )
  return new Map(rows.map(({ name, bytes }) => [name, bytes]))
}
