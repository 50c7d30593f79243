import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { expect } from 'vitest'
import { mutate } from '../testkit/data-life.ts'
import { createPolicy } from '../testkit/policies.ts'
import type { Stack } from '../testkit/stack.ts'
import { type CreateVolumeAnswer, createVolume } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

export interface ClusterAnswer {
  readonly id: string
  readonly name: string
  readonly connection: string
  readonly connectionError: string | null
  readonly capacity: {
    readonly effectiveBytes: string
    readonly provisionedBytes: string
    readonly volumeCount: number
    readonly observedAt: string
  }
}

/** Gives each cluster a policy that places on it alone, so that rows of the matrix can have a cluster each of one stack. */
export async function pinPolicies(stack: Stack): Promise<void> {
  const pin = async ({ id, name }: ClusterAnswer): Promise<void> => {
    const { __typename } = await mutate(
      stack,
      'updateCluster',
      { id, labels: [{ key: 'name', value: name }] },
      '__typename',
    )
    expect(__typename).toBe('UpdateClusterPayload')
    const require = [{ key: 'name', operator: 'IN', values: [name] }]
    await createPolicy(stack.api, { name: policyOf(name), require, defaults: { replicas: 1 } })
  }
  await Promise.all((await readClusters(stack)).map(pin))
}

export function simulated({ fleet }: Pick<Stack, 'fleet'>, index: number): SimulatedCluster {
  const cluster = fleet.clusters[index]
  if (!cluster) throw new Error(`there is no simulated cluster ${index}`)
  return cluster
}

export async function readClusters({ api }: Pick<Stack, 'api'>): Promise<readonly ClusterAnswer[]> {
  const { clusters } = await api.ask<{ clusters: { nodes: ClusterAnswer[] } }>(
    `{ clusters(first: 200) { nodes { id name connection connectionError
       capacity { effectiveBytes provisionedBytes volumeCount observedAt } } } }`,
  )
  return clusters.nodes
}

export async function readCluster(stack: Stack, index: number): Promise<ClusterAnswer> {
  const { name } = simulated(stack, index)
  const found = (await readClusters(stack)).find((each) => each.name === name)
  if (!found) throw new Error(`${name} is not in the fleet`)
  return found
}

let serial = 0

const nextName = () => `pinned-${++serial}`

/** Asks for a volume of one replica on this cluster and no other. */
export function createOn(stack: Stack, index: number): Promise<CreateVolumeAnswer['createVolume']> {
  return createNamed(stack, index, nextName())
}

function createNamed(stack: Stack, index: number, name: string): Promise<CreateVolumeAnswer['createVolume']> {
  const policy = policyOf(simulated(stack, index).name)
  return createVolume(stack.api, { idempotencyKey: name, name, sizeBytes: '1GiB', policy })
}

/** The volumes' ids, once each is accepted: on a busy machine the figures may have grown old; then the caller asks again. */
export async function createManyOn(stack: Stack, index: number, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, nextName)
  return Promise.all(
    names.map((name) =>
      waitUntil(`${name} to be accepted`, async () => (await createNamed(stack, index, name)).volume?.id),
    ),
  )
}

/** How many of them are in the state. */
export async function countIn(stack: Stack, ids: readonly string[], state: string): Promise<number> {
  const { rows } = await stack.sql.query('SELECT 1 FROM volume WHERE id = ANY ($1) AND state = $2', [
    ids,
    state,
  ])
  return rows.length
}

/**
 * Counts the requests to these operations of the cluster from now on, or to all. To be asked for again after its faults were set, which
 * forgets it.
 */
export function countRequests(cluster: SimulatedCluster, operations?: string[]): () => number {
  cluster.faults.add({ kind: 'latency', delayMs: 0, times: MANY, ...(operations && { operations }) })
  const left = () => cluster.faults.list().findLast(({ kind, times }) => kind === 'latency' && times)?.times
  return () => MANY - (left() ?? MANY)
}

const MANY = 1_000_000

const policyOf = (clusterName: string) => `on-${clusterName}`
