import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPolicy, deletePolicy } from '../testkit/policies.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const SET_SHADOW = `mutation ($input: SetShadowPolicyInput!) { answer: setShadowPolicy(input: $input) {
  __typename ... on Error { message path }
  ... on SetShadowPolicyPayload { policy { name shadow { policy { name } decisions } } } } }`

const SHADOW = `{ policy(name: "default") { shadow {
  since decisions differences refusalsOnlyByShadow refusalsOnlyByActive skippedBatches
  recent { decision { id } cluster { name } shadowCluster { name } projectedRatio shadowProjectedRatio } } } }`

interface ShadowAnswer {
  readonly policy: {
    readonly shadow: {
      readonly decisions: number
      readonly recent: readonly { readonly decision: { readonly id: string } | null }[]
    } | null
  }
}

const DECISION = `query ($id: ID!) { placementDecision(id: $id) {
  detailsRemovedAt policyName policyRevision sizeBytes cluster { name } verdicts { clusterName }
  hops { hop detailsRemovedAt seen { clusterName } verdicts { clusterName } } } }`

interface DecisionAnswer {
  readonly placementDecision: {
    readonly detailsRemovedAt: string | null
    readonly verdicts: readonly unknown[]
  } | null
}

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 3, seed: 9 } })
})

afterAll(() => stack?.close())

const create = (name: string, sizeBytes = '1GiB') =>
  createVolume(stack.api, { idempotencyKey: name, name, sizeBytes })

test('a shadow policy is set, decides beside the active one, is in use, and is ended', async () => {
  const require = [{ key: 'tier', operator: 'IN', values: ['none-has-it'] }]
  await createPolicy(stack.api, { name: 'strict', require })
  const input = { policy: 'default', shadow: 'strict' }
  expect(await stack.api.ask(SET_SHADOW, { input })).toEqual({
    answer: {
      __typename: 'SetShadowPolicyPayload',
      policy: { name: 'default', shadow: { policy: { name: 'strict' }, decisions: 0 } },
    },
  })
  const { volume, decision } = await create('shadowed')
  const { policy } = await waitUntil('the shadow to have decided', async () => {
    const answer = await stack.api.ask<ShadowAnswer>(SHADOW)
    return answer.policy.shadow?.decisions === 1 && answer
  })
  expect(policy.shadow).toMatchObject({
    differences: 1,
    refusalsOnlyByShadow: 1,
    refusalsOnlyByActive: 0,
    skippedBatches: 0,
    recent: [
      {
        decision: { id: decision?.id },
        cluster: { name: volume?.cluster.name },
        shadowCluster: null,
        projectedRatio: expect.any(Number),
        shadowProjectedRatio: null,
      },
    ],
  })
  expect(await deletePolicy(stack.api, 'strict')).toMatchObject({ __typename: 'InvalidStateError' })
  expect(await stack.api.ask(SET_SHADOW, { input: { policy: 'default', shadow: 'nonesuch' } })).toMatchObject(
    {
      answer: { __typename: 'InvalidInputError', path: ['input', 'shadow'] },
    },
  )
  await stack.api.ask(SET_SHADOW, { input: { policy: 'default' } })
  expect(await stack.api.ask(SHADOW)).toEqual({ policy: { shadow: null } })
  expect(await deletePolicy(stack.api, 'strict')).toMatchObject({ __typename: 'DeletePolicyPayload' })
})

test('the sweep removes details that are old enough, and the decision says so', async () => {
  const { decision } = await create('aged')
  const refused = await create('aged-refused', '900PiB')
  const read = async (id: string | undefined) =>
    (await stack.api.ask<DecisionAnswer>(DECISION, { id })).placementDecision
  expect(await read(decision?.id)).toMatchObject({ detailsRemovedAt: null, verdicts: [{}, {}, {}] })
  await stack.sql.query(`UPDATE placement_batch SET decided_at = decided_at - interval '31 days'`)
  const { decision: young } = await create('young')

  // A worker looks when it starts, and every minute.
  await stack.worker.stop()
  await stack.worker.start()
  const removed = await waitUntil('the details to be removed', async () => {
    const found = await read(decision?.id)
    return found?.detailsRemovedAt ? found : null
  })
  expect(removed).toMatchObject({
    policyName: 'default',
    policyRevision: 1,
    sizeBytes: String(2n ** 30n),
    cluster: { name: decision?.cluster?.name },
    verdicts: [],
    hops: [{ hop: 0, detailsRemovedAt: removed.detailsRemovedAt, seen: [], verdicts: [] }],
  })
  expect(await read(refused.decision?.id)).toBeNull()
  expect(await read(young?.id)).toMatchObject({ detailsRemovedAt: null, verdicts: [{}, {}, {}] })
})
