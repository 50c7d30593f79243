import { seededRandom } from '../load/random.ts'
import type { ApiClient } from '../testkit/api-client.ts'
import type { CreateAnswer } from './check-answers.ts'
import type { RaceOptions } from './options.ts'

const GIB = 1n << 30n
const LARGEST_GIB = 16
const MOST_REPLICAS = 3

/** Of size x replicas, both drawn evenly. */
export const MEAN_VOLUME_GIB = ((1 + LARGEST_GIB) / 2) * ((1 + MOST_REPLICAS) / 2)

export interface ClientsResult {
  readonly answers: CreateAnswer[]
  deleted: number
  /** Requests that were not answered with data. */
  readonly failures: string[]
}

const CREATE = `mutation ($input: CreateVolumeInput!) { createVolume(input: $input) { __typename
  ... on CreateVolumePayload { volume { id name sizeBytes replicas cluster { name } } decision { id } }
  ... on NoFeasibleClusterError { decision { id } } } }`
const DELETE = `mutation ($input: DeleteVolumeInput!) { deleteVolume(input: $input) { __typename } }`

interface CreateData {
  readonly createVolume: {
    readonly __typename: string
    readonly volume?: CreateAnswer['volume']
    readonly decision?: { readonly id: string }
  }
}

/**
 * Runs the clients until all creates are answered: each asks one server, sends its next request when the last is answered,
 * and deletes its own volumes only. `result` may be looked at meanwhile.
 */
export async function runClients(
  apis: readonly ApiClient[],
  policy: string,
  options: RaceOptions,
  result: ClientsResult,
): Promise<void> {
  let next = 0
  const client = async (number: number): Promise<void> => {
    const api = apis[number % apis.length] as ApiClient
    const random = seededRandom(options.seed * 10_007 + number)
    const own: string[] = []
    let owedDeletes = 0
    for (let index = next++; index < options.creates; index = next++) {
      const answer = await create(api, `${policy}-${index}`, policy, random)
      if (typeof answer === 'string') result.failures.push(answer)
      else result.answers.push(answer)
      if (typeof answer !== 'string' && answer.volume) own.push(answer.volume.id)
      owedDeletes += options.deletes
      while (owedDeletes >= 1 && own.length > 0) {
        owedDeletes--
        const [id] = own.splice(Math.floor(random() * own.length), 1)
        const failure = id && (await remove(api, id))
        if (failure) result.failures.push(failure)
        else result.deleted++
      }
    }
  }
  await Promise.all(Array.from({ length: options.clients }, (_, number) => client(number)))
}

/** Answers a text when there was no answer. */
async function create(
  api: ApiClient,
  name: string,
  policy: string,
  random: () => number,
): Promise<CreateAnswer | string> {
  const sizeBytes = BigInt(1 + Math.floor(random() * LARGEST_GIB)) * GIB
  const replicas = 1 + Math.floor(random() * MOST_REPLICAS)
  try {
    const { createVolume } = await api.ask<CreateData>(CREATE, {
      input: { idempotencyKey: name, name, sizeBytes: String(sizeBytes), replicas, policy },
    })
    const { __typename: typename, volume = null, decision } = createVolume
    return { name, sizeBytes, replicas, typename, volume, decisionId: decision?.id ?? null }
  } catch (error) {
    return `create ${name}: ${(error as Error).message}`
  }
}

/** Answers a text when it was not accepted. */
async function remove(api: ApiClient, id: string): Promise<string | null> {
  try {
    const { deleteVolume } = await api.ask<{ deleteVolume: { __typename: string } }>(DELETE, {
      input: { idempotencyKey: `delete-${id}`, id },
    })
    const { __typename: typename } = deleteVolume
    return typename === 'DeleteVolumePayload' ? null : `delete ${id}: was answered with ${typename}`
  } catch (error) {
    return `delete ${id}: ${(error as Error).message}`
  }
}
