import { setTimeout as sleep } from 'node:timers/promises'
import { waitForQuiescence } from '../verify/wait-for-quiescence.ts'
import type { ApiClient } from './api-client.ts'
import type { Stack } from './stack.ts'

export interface NewVolume {
  readonly idempotencyKey: string
  readonly name: string
  readonly sizeBytes: string
  readonly replicas?: number
  readonly policy?: string
  readonly group?: string
}

export interface CreateVolumeAnswer {
  readonly createVolume: {
    readonly __typename: string
    readonly code?: string
    readonly message?: string
    readonly retryAfterMs?: number
    readonly volume?: {
      readonly id: string
      readonly state: string
      readonly cluster: { readonly name: string }
    }
    readonly operation?: { readonly id: string }
    readonly decision?: DecisionAnswer
  }
}

export interface DecisionAnswer {
  readonly id: string
  readonly cluster: { readonly id: string; readonly name: string } | null
  readonly verdicts: readonly {
    readonly clusterName: string
    readonly rank: number | null
    readonly projectedRatio: number | null
    readonly rejection: { readonly reason: string; readonly explanation: string } | null
  }[]
}

const DECISION = `id cluster { id name } verdicts { clusterName rank projectedRatio rejection { reason explanation } }`

export const CREATE_VOLUME = `mutation Create($input: CreateVolumeInput!) { createVolume(input: $input) {
  __typename
  ... on CreateVolumePayload { volume { id state cluster { name } } operation { id } decision { ${DECISION} } }
  ... on NoFeasibleClusterError { decision { ${DECISION} } }
  ... on OverloadedError { retryAfterMs }
  ... on Error { code message } } }`

export const DELETE_VOLUME = `mutation Delete($input: DeleteVolumeInput!) { deleteVolume(input: $input) {
  __typename ... on DeleteVolumePayload { volume { id state } operation { id } } ... on Error { code message } } }`

/** As a caller would: who is told that the server is overloaded asks again after the time that it was told. */
export async function createVolume(
  api: ApiClient,
  volume: NewVolume,
): Promise<CreateVolumeAnswer['createVolume']> {
  for (;;) {
    const { createVolume: answer } = await api.ask<CreateVolumeAnswer>(CREATE_VOLUME, { input: volume })
    if (answer.retryAfterMs === undefined) return answer
    await sleep(answer.retryAfterMs)
  }
}

/** Waits until nothing is under way and nothing is pending: everything that was promised has been seen on its cluster. */
export async function waitForRest(stack: Stack, timeoutMs = 240_000): Promise<void> {
  const provisioned = () =>
    new Map(stack.fleet.clusters.map((cluster) => [cluster.name, cluster.provisionedBytes()]))
  await waitForQuiescence(stack.sql, provisioned, timeoutMs)
}
