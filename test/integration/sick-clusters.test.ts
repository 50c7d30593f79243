import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countRequests } from '../faults/clusters.ts'
import { clusterNamed, mutate, readVolume, recordOf } from '../testkit/data-life.ts'
import { adopted } from '../testkit/foreign-volumes.ts'
import { untilEnded } from '../testkit/operations.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const TIB = 1n << 40n
const HOUR_MS = 3_600_000

let stack: Stack
let serial = 0

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 5, capacity: { kind: 'list', bytes: [100n * TIB] }, seed: 3 },
    pollIntervalMs: 500,
    // An inventory that is due by the clock would show any change sooner or later.
    env: { INVENTORY_INTERVAL_MS: String(HOUR_MS) },
  })
})

afterAll(() => stack?.close())

interface ClusterAnswer {
  readonly id: string
  readonly name: string
  readonly connection: string
  readonly connectionError: string | null
  readonly capacity: {
    readonly provisionedBytes: string
    readonly observedAt: string
    readonly foreignVolumeCount: number
  }
}

async function readCluster(index: number): Promise<ClusterAnswer> {
  const { clusters } = await stack.api.ask<{ clusters: { nodes: ClusterAnswer[] } }>(
    `{ clusters(first: 50) { nodes { id name connection connectionError
       capacity { provisionedBytes observedAt foreignVolumeCount } } } }`,
  )
  const found = clusters.nodes.find(({ name }) => name === simulated(index).name)
  if (!found) throw new Error('the cluster is not listed')
  return found
}

function simulated(index: number) {
  const cluster = stack.fleet.clusters[index]
  if (!cluster) throw new Error(`no simulated cluster ${index}`)
  return cluster
}

async function place(sizeBytes = 10n * GIB) {
  serial++
  return createVolume(stack.api, {
    idempotencyKey: `sick-${serial}`,
    name: `sick-${serial}`,
    sizeBytes: String(sizeBytes),
    replicas: 1,
  })
}

describe('what happens behind our back', () => {
  it('N9: counts a volume that was made, resized or deleted directly on a cluster after one poll', async () => {
    const before = await readCluster(0)
    const { uuid } = simulated(0).createForeignVolume({
      name: 'made-by-hand',
      sizeBytes: TIB,
      replicaCount: 2,
    })
    const after = await waitUntil('the foreign volume to be counted', async () => {
      const cluster = await readCluster(0)
      return cluster.capacity.foreignVolumeCount > before.capacity.foreignVolumeCount && cluster
    })
    expect(BigInt(after.capacity.provisionedBytes) - BigInt(before.capacity.provisionedBytes)).toBe(2n * TIB)
    const answer = await place()
    expect(answer.volume?.cluster.name).not.toBe(simulated(0).name)
    const untilProvisioned = (bytes: bigint) =>
      waitUntil('the change to be counted', async () => {
        const { capacity } = await readCluster(0)
        return BigInt(capacity.provisionedBytes) - BigInt(before.capacity.provisionedBytes) === bytes
      })
    simulated(0).resizeVolume(uuid, 3n * TIB)
    await untilProvisioned(6n * TIB)
    simulated(0).deleteVolume(uuid)
    await untilProvisioned(0n)
  })

  it('N8: reports a volume that vanished as MISSING and does not make it again', async () => {
    const answer = await place()
    await waitForRest(stack)
    const home = stack.fleet.clusters.find(({ name }) => name === answer.volume?.cluster.name)
    const backendName = `flo-${answer.volume?.id.slice(4)}`
    const record = home?.volumes().find(({ name }) => name === backendName)
    if (!home || !record) throw new Error('the volume is not on its cluster')
    home.deleteVolume(record.uuid)
    await waitUntil('the volume to be reported', async () => {
      const { volume } = await stack.api.ask<{ volume: { state: string } }>(
        'query Volume($id: ID!) { volume(id: $id) { state } }',
        { id: answer.volume?.id },
      )
      return volume.state === 'MISSING'
    })
    expect(home.volumes().some(({ name }) => name === backendName)).toBe(false)
    const { deleteVolume } = await stack.api.ask<{ deleteVolume: { __typename: string } }>(
      `mutation Delete($input: DeleteVolumeInput!) { deleteVolume(input: $input) { __typename } }`,
      { input: { idempotencyKey: 'forget-missing', id: answer.volume?.id } },
    )
    expect(deleteVolume.__typename).toBe('DeleteVolumePayload')
    await waitForRest(stack)
  })
})

describe('a cluster that stops answering', () => {
  it('N3: keeps its last figures with their age, gets nothing, hurts nobody, and is used again when it returns', async () => {
    const sick = simulated(1)
    const before = await readCluster(1)
    await sick.setConnectivity('silent')
    const away = await waitUntil(
      'the cluster to count as disconnected',
      async () => {
        const cluster = await readCluster(1)
        return cluster.connection === 'DISCONNECTED' && cluster
      },
      60_000,
    )
    expect(away.capacity.provisionedBytes).toBe(before.capacity.provisionedBytes)
    expect(away.connectionError).toBeTruthy()

    const answers = await Promise.all(Array.from({ length: 20 }, () => place(100n * GIB)))
    for (const answer of answers) {
      expect(answer.volume?.cluster.name).not.toBe(sick.name)
      const verdict = answer.decision?.verdicts.find(({ clusterName }) => clusterName === sick.name)
      expect(verdict?.rejection?.reason).toMatch(/NOT_CONNECTED|OBSERVATION_TOO_OLD/)
    }
    await waitUntil('the others to finish their work', async () => {
      const { rows } = await stack.sql.query(`SELECT 1 FROM volume WHERE state = 'CREATING'`)
      return rows.length === 0
    })
    const healthy = await readCluster(2)
    expect(Date.now() - Date.parse(healthy.capacity.observedAt)).toBeLessThan(10_000)

    await sick.setConnectivity('open')
    await waitUntil(
      'the cluster to be connected',
      async () => (await readCluster(1)).connection === 'CONNECTED',
      60_000,
    )
    await waitForRest(stack)
    const again = await place(100n * GIB)
    expect(again.volume?.cluster.name).toBe(sick.name)
    await waitForRest(stack)
    expect(await checkFleet(stack)).toEqual([])
  })
})

describe('answers that are lost', () => {
  it.each([
    { row: 'C5: the cluster made the volume, nobody heard', kind: 'dropAnswer' as const },
    { row: 'C6: the request never arrived', kind: 'dropRequest' as const },
  ])('$row: ends with exactly one volume', async ({ kind }) => {
    for (const cluster of stack.fleet.clusters)
      cluster.faults.set({ kind, operations: ['CreateVolume'], times: 1 })
    const answer = await place()
    await waitForRest(stack)
    const name = `flo-${answer.volume?.id.slice(4)}`
    const copies = stack.fleet.clusters.flatMap((cluster) =>
      cluster.volumes().filter((each) => each.name === name),
    )
    expect(copies).toHaveLength(1)
    const { volume } = await stack.api.ask<{ volume: { cluster: { name: string } } }>(
      'query Volume($id: ID!) { volume(id: $id) { cluster { name } } }',
      { id: answer.volume?.id },
    )
    expect(volume.cluster.name).toBe(answer.volume?.cluster.name)
    expect(await checkFleet(stack)).toEqual([])
    for (const cluster of stack.fleet.clusters) cluster.faults.clear()
  })
})

const FULL = {
  kind: 'error' as const,
  status: 429,
  message: 'not enough free physical storage',
  operations: ['CreateVolume'],
}

describe('refusals', () => {
  it('N10: places a volume elsewhere when its cluster refuses it although the ledger had room', async () => {
    const willing = stack.fleet.clusters.slice(0, 2).map(({ name }) => name)
    for (const cluster of stack.fleet.clusters.slice(2)) cluster.faults.set(FULL)
    const answers = await Promise.all(Array.from({ length: 6 }, () => place(200n * GIB)))
    await waitForRest(stack)
    const { rows } = await stack.sql.query<{ state: string; name: string }>(
      `SELECT state, cluster.name FROM volume JOIN cluster ON cluster.id = cluster_id WHERE volume.id = ANY ($1)`,
      [answers.map((answer) => answer.volume?.id)],
    )
    for (const { state, name } of rows) {
      expect(state).toBe('AVAILABLE')
      expect(willing).toContain(name)
    }
    for (const cluster of stack.fleet.clusters) cluster.faults.clear()
    expect(await checkFleet(stack)).toEqual([])
  })

  it('N10: tries a volume that all refuse on three more clusters, and then gives up: the decision has each, the ledger nothing', async () => {
    const ledger = async () => {
      await waitForRest(stack)
      const { rows } = await stack.sql.query<{ id: string; provisioned: bigint; pending: bigint }>(
        `SELECT cluster_id AS id, provisioned_bytes AS provisioned, pending_bytes AS pending
         FROM cluster_capacity ORDER BY cluster_id`,
      )
      return rows
    }
    const before = await ledger()
    const asked = stack.fleet.clusters.map((cluster) => {
      cluster.faults.set(FULL)
      return { name: cluster.name, count: countRequests(cluster, ['CreateVolume']) }
    })
    const answer = await place()
    expect(await untilEnded(stack, answer.operation?.id)).toMatchObject({
      state: 'FAILED',
      error: {
        message: expect.stringMatching(/not enough free.*; tried on 4 clusters, no further one is tried/),
      },
    })
    const { placementDecision } = await stack.api.ask<{
      placementDecision: {
        hops: { hop: number; cluster: { id: string; name: string }; excludedClusterIds: string[] }[]
      }
    }>(
      `query ($id: ID!) { placementDecision(id: $id) { hops { hop cluster { id name } excludedClusterIds } } }`,
      { id: answer.decision?.id },
    )
    const { hops } = placementDecision
    expect(hops.map(({ hop }) => hop)).toEqual([0, 1, 2, 3])
    for (const [index, { excludedClusterIds }] of hops.entries()) {
      expect(excludedClusterIds).toEqual(hops.slice(0, index).map(({ cluster }) => cluster.id))
    }
    const names = hops.map(({ cluster }) => cluster.name)
    expect(new Set(names).size).toBe(4)
    for (const { name, count } of asked) expect(count(), name).toBe(names.includes(name) ? 1 : 0)
    for (const cluster of stack.fleet.clusters) cluster.faults.clear()
    expect(await readVolume(stack, answer.volume?.id ?? '')).toMatchObject({ state: 'FAILED' })
    expect(await ledger()).toEqual(before)
    expect(await checkFleet(stack)).toEqual([])
  })

  it('places a volume elsewhere when somebody else’s has its name on its cluster, and leaves that alone', async () => {
    for (const cluster of stack.fleet.clusters) {
      cluster.faults.set({ kind: 'latency', delayMs: 1_000, operations: ['CreateVolume'], times: 1 })
    }
    const answer = await place()
    const first = clusterNamed(stack, answer.volume?.cluster.name)
    const name = `flo-${answer.volume?.id.slice(4)}`
    await waitUntil('the cluster to be asked', () => first.faults.list().length === 0)
    const theirs = first.createForeignVolume({ name, sizeBytes: GIB })
    const there = () => first.volumes().find(({ uuid }) => uuid === theirs.uuid)
    for (const cluster of stack.fleet.clusters) cluster.faults.clear()
    expect(await untilEnded(stack, answer.operation?.id)).toMatchObject({
      state: 'SUCCEEDED',
      attempts: [{ error: null }, { error: { code: 'NAME_TAKEN' } }],
    })
    const volume = await readVolume(stack, answer.volume?.id ?? '')
    expect(volume).toMatchObject({ state: 'AVAILABLE', backendName: name })
    expect(volume.cluster.name).not.toBe(first.name)
    expect(recordOf(stack, volume)).toMatchObject({ sizeBytes: 10n * GIB, state: 'Available' })

    await expect(adopted(stack, theirs)).rejects.toThrow(`it bears the name of ${volume.id}`)
    expect(there()).toEqual(theirs)
    await waitForRest(stack)
    expect(await checkFleet(stack)).toEqual([])
    const deleted = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilEnded(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(there()).toEqual(theirs)
    first.deleteVolume(theirs.uuid)
    await waitForRest(stack)
  })

  it('answers a request that fits nowhere with every reason, and leaves nothing but the decision', async () => {
    const count = async () => (await stack.sql.query('SELECT count(*) FROM volume, operation')).rows[0]
    const before = await count()
    const answer = await place(200n * TIB)
    expect(answer.__typename).toBe('NoFeasibleClusterError')
    expect(answer.decision?.verdicts).toHaveLength(5)
    for (const verdict of answer.decision?.verdicts ?? []) {
      expect(verdict.rejection).toMatchObject({
        reason: 'PROMISED_LIMIT',
        explanation: expect.stringMatching(/needs 200 TiB, would be \d\.\d\d of 1\.50 allowed/),
      })
    }
    expect(await count()).toEqual(before)
    const { placementDecision } = await stack.api.ask<{ placementDecision: unknown }>(
      'query Decision($id: ID!) { placementDecision(id: $id) { id cluster { id } volume { id } verdicts { clusterName } } }',
      { id: answer.decision?.id },
    )
    expect(placementDecision).toMatchObject({ id: answer.decision?.id, cluster: null, volume: null })
  })
})
