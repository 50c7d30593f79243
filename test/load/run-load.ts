import { setTimeout as sleep } from 'node:timers/promises'
import { ApiClient } from '../testkit/api-client.ts'
import type { LoadOptions } from './options.ts'
import { logNormal, seededRandom } from './random.ts'

const GIB = 1n << 30n
const LARGEST_GIB = 16 * 1024

interface LiveVolume {
  readonly id: string
  readonly sizeGib: bigint
}

export type RequestKind = 'create' | 'resize' | 'delete'

export interface LoadCounts {
  /** By kind, then by the name of the answer's type: `CreateVolumePayload`, `NoFeasibleClusterError`, ... */
  readonly outcomes: Record<string, number>
  readonly latenciesMs: number[]
  done: number
}

const CREATE = `mutation Create($input: CreateVolumeInput!) { createVolume(input: $input) {
  __typename ... on CreateVolumePayload { volume { id } } } }`
const RESIZE = `mutation Resize($input: ResizeVolumeInput!) { resizeVolume(input: $input) {
  __typename ... on ResizeVolumePayload { volume { id } } } }`
const DELETE = `mutation Delete($input: DeleteVolumeInput!) { deleteVolume(input: $input) {
  __typename ... on DeleteVolumePayload { volume { id } } } }`

/**
 * Sends the requests, at the rate asked for whatever the answers take, and never more than allowed at once.
 *
 * @param onProgress called after each answer
 */
export async function runLoad(
  options: LoadOptions,
  onProgress: (counts: LoadCounts) => void,
): Promise<LoadCounts> {
  const api = new ApiClient(options.url, options.token)
  const random = seededRandom(options.seed)
  const live: LiveVolume[] = []
  const counts: LoadCounts = { outcomes: {}, latenciesMs: [], done: 0 }
  const runName = `load-${options.seed}-${Date.now().toString(36)}`
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()

  const send = async (kind: RequestKind, key: string): Promise<void> => {
    const begunAt = performance.now()
    const outcome = await ask(kind, key).catch((error: Error) => `failed: ${error.message.slice(0, 60)}`)
    counts.latenciesMs.push(performance.now() - begunAt)
    counts.outcomes[`${kind} ${outcome}`] = (counts.outcomes[`${kind} ${outcome}`] ?? 0) + 1
    counts.done++
    onProgress(counts)
  }

  const ask = async (kind: RequestKind, key: string): Promise<string> => {
    if (kind === 'create') return create(key)
    const [volume] = live.splice(Math.floor(random() * live.length), 1)
    if (!volume) return create(key)
    return kind === 'resize' ? resize(volume, key) : remove(volume, key)
  }

  const create = async (key: string): Promise<string> => {
    const gib = Math.min(Math.max(logNormal(random, options.medianGib, options.sigma), 1), LARGEST_GIB)
    const sizeGib = BigInt(Math.round(gib))
    const { createVolume } = await api.ask<{ createVolume: { __typename: string; volume?: { id: string } } }>(
      CREATE,
      {
        input: {
          idempotencyKey: key,
          name: key,
          sizeBytes: String(sizeGib * GIB),
          replicas: 1 + Math.floor(random() * 3),
        },
      },
    )
    if (createVolume.volume) live.push({ id: createVolume.volume.id, sizeGib })
    return createVolume.__typename
  }

  const resize = async ({ id, sizeGib }: LiveVolume, key: string): Promise<string> => {
    const larger = sizeGib + 1n + BigInt(Math.floor(random() * Number(sizeGib)))
    const { resizeVolume } = await api.ask<{ resizeVolume: { __typename: string } }>(RESIZE, {
      input: { idempotencyKey: key, id, sizeBytes: String(larger * GIB) },
    })
    live.push({ id, sizeGib: resizeVolume.__typename === 'ResizeVolumePayload' ? larger : sizeGib })
    return resizeVolume.__typename
  }

  const remove = async ({ id }: LiveVolume, key: string): Promise<string> => {
    const { deleteVolume } = await api.ask<{ deleteVolume: { __typename: string } }>(DELETE, {
      input: { idempotencyKey: key, id },
    })
    return deleteVolume.__typename
  }

  for (let index = 0; index < options.count; index++) {
    if (options.rate > 0)
      await sleep(Math.max(0, startedAt + (index * 1000) / options.rate - performance.now()))
    while (underWay.size >= options.concurrency) await Promise.race(underWay)
    const request: Promise<void> = send(drawKind(random(), options), `${runName}-${index}`).finally(() =>
      underWay.delete(request),
    )
    underWay.add(request)
  }
  await Promise.all(underWay)
  return counts
}

function drawKind(dice: number, { deleteShare, resizeShare }: LoadOptions): RequestKind {
  if (dice < deleteShare) return 'delete'
  return dice < deleteShare + resizeShare ? 'resize' : 'create'
}
