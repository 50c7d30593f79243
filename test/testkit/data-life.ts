import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import type { Stack } from './stack.ts'
import { waitUntil } from './wait-until.ts'

export interface VolumeAnswer {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly sizeBytes: string
  readonly shrinkToBytes: string | null
  readonly compression: boolean
  readonly labels: readonly { readonly key: string; readonly value: string }[]
  readonly revision: number
  readonly backendName: string
  readonly cluster: { readonly id: string; readonly name: string }
}

export interface MutationAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly volume?: VolumeAnswer
  readonly operation?: { readonly id: string; readonly state: string }
}

export interface OperationAnswer {
  readonly kind: string
  readonly state: string
  readonly progress: string | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export const VOLUME = `id name state sizeBytes shrinkToBytes compression labels { key value } revision backendName
  cluster { id name }`

let keys = 0

/** Asks for a change of a volume, or a snapshot of it, under a key of its own. */
export async function mutate<Answer = MutationAnswer>(
  { api }: Pick<Stack, 'api'>,
  field: string,
  input: Record<string, unknown>,
  selection = `volume { ${VOLUME} } operation { id state }`,
): Promise<Answer> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
  const query = `mutation ($input: ${name}Input!) { answer: ${field}(input: $input) {
    __typename ... on Error { code message } ... on ${name}Payload { ${selection} } } }`
  const { answer } = await api.ask<{ answer: Answer }>(query, {
    input: { idempotencyKey: `life-${++keys}`, ...input },
  })
  return answer
}

export async function readVolume({ api }: Pick<Stack, 'api'>, id: string): Promise<VolumeAnswer> {
  const query = `query ($id: ID!) { volume(id: $id) { ${VOLUME} } }`
  return (await api.ask<{ volume: VolumeAnswer }>(query, { id })).volume
}

/** Waits until the operation has ended, whichever way. */
export function untilDone(
  { api }: Pick<Stack, 'api'>,
  id: string | undefined,
  timeoutMs?: number,
): Promise<OperationAnswer> {
  return waitUntil(
    `${id} to end`,
    async () => {
      const { operation } = await api.ask<{ operation: OperationAnswer }>(
        'query ($id: ID!) { operation(id: $id) { kind state progress error { code message } } }',
        { id },
      )
      return ['PENDING', 'RUNNING'].includes(operation.state) ? null : operation
    },
    timeoutMs,
  )
}

export function clusterNamed({ fleet }: Pick<Stack, 'fleet'>, name: string | undefined): SimulatedCluster {
  const found = fleet.clusters.find((cluster) => cluster.name === name)
  if (!found) throw new Error(`there is no simulated cluster ${name}`)
  return found
}

/** The volume as its simulated cluster holds it. */
export function recordOf(stack: Pick<Stack, 'fleet'>, volume: Pick<VolumeAnswer, 'cluster' | 'backendName'>) {
  const volumes = clusterNamed(stack, volume.cluster.name).volumes()
  return volumes.find(({ name }) => name === volume.backendName)
}

export interface SnapshotAnswer {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly sizeBytes: string
  readonly labels: readonly { readonly key: string; readonly value: string }[]
  readonly backendName: string
  readonly cluster: { readonly id: string; readonly name: string }
  readonly madeFor: { readonly id: string } | null
}

const SNAPSHOT = `id name state sizeBytes labels { key value } backendName cluster { id name } madeFor { id }`

let serial = 0

/** A volume that is AVAILABLE, of 8 GiB unless told otherwise. */
export async function newVolume(
  stack: Pick<Stack, 'api'>,
  input: Record<string, unknown> = {},
): Promise<VolumeAnswer> {
  const { volume, operation, message } = await mutate(stack, 'createVolume', {
    name: `volume-${++serial}`,
    sizeBytes: '8GiB',
    ...input,
  })
  if (!volume) throw new Error(`the volume was not placed: ${message}`)
  const ended = await untilDone(stack, operation?.id)
  if (ended.state !== 'SUCCEEDED') throw new Error(`the volume was not created: ${ended.error?.message}`)
  return readVolume(stack, volume.id)
}

/** A snapshot of the volume that is AVAILABLE. */
export async function takeSnapshot(
  stack: Pick<Stack, 'api'>,
  volume: Pick<VolumeAnswer, 'id'>,
  input: Record<string, unknown> = {},
): Promise<SnapshotAnswer> {
  const { snapshot, operation, message } = await mutate<
    MutationAnswer & { readonly snapshot?: { readonly id: string } }
  >(
    stack,
    'createSnapshot',
    { volumeId: volume.id, name: `snapshot-${++serial}`, ...input },
    'snapshot { id } operation { id state }',
  )
  if (!snapshot) throw new Error(`no snapshot was taken: ${message}`)
  const ended = await untilDone(stack, operation?.id, 60_000)
  if (ended.state !== 'SUCCEEDED') throw new Error(`no snapshot was taken: ${ended.error?.message}`)
  return readSnapshot(stack, snapshot.id)
}

export async function readSnapshot({ api }: Pick<Stack, 'api'>, id: string): Promise<SnapshotAnswer> {
  const query = `query ($id: ID!) { snapshot(id: $id) { ${SNAPSHOT} } }`
  return (await api.ask<{ snapshot: SnapshotAnswer }>(query, { id })).snapshot
}

/** The snapshot as its simulated cluster holds it. */
export function snapshotRecordOf(
  stack: Pick<Stack, 'fleet'>,
  snapshot: Pick<SnapshotAnswer, 'cluster' | 'backendName'>,
) {
  const snapshots = clusterNamed(stack, snapshot.cluster.name).snapshots()
  return snapshots.find(({ name }) => name === snapshot.backendName)
}
