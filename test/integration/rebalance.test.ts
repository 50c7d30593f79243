import { afterAll, beforeAll, expect, test } from 'vitest'
import { carryOutMove } from '../testkit/carry-out-move.ts'
import { newHost } from '../testkit/hosts.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, DELETE_VOLUME } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n

let stack: Stack
let clusters: readonly { readonly id: string; readonly name: string }[]

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

const PLAN = `query ($input: RebalancePlanInput!) { plan: rebalancePlan(input: $input) { __typename
  ... on InvalidInputError { issues { path allowed } }
  ... on RebalancePlanPayload { outcome copyBytes before { spread peakRatio } after { spread peakRatio }
    moves { number volume { volumeId sizeBytes } source { clusterId } target { clusterId clusterName } spreadBefore spreadAfter
      steps { kind commands until } } } } }`
const UPDATE = `mutation ($input: UpdateClusterInput!) { updateCluster(input: $input) { __typename } }`

const planOf = async (input: object = {}): Promise<Answer> =>
  (await stack.api.ask<{ plan: Answer }>(PLAN, { input })).plan
const setAll = async (adminState: string, except = ''): Promise<void> => {
  for (const { id } of clusters) {
    if (id !== except) await stack.api.ask(UPDATE, { input: { id, adminState } })
  }
}

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, capacity: { kind: 'list', bytes: [10n * TIB] }, seed: 41 },
    pollIntervalMs: 500,
  })
  const answer = await stack.api.ask<Answer>('{ clusters { nodes { id name } } }')
  clusters = answer.clusters.nodes
})

afterAll(() => stack?.close())

test('bounds that are none are refused, all faults of a kind at once', async () => {
  expect(await planOf({ startAboveSpread: '0.1', stopBelowSpread: '0.1', maxMoves: 0 })).toMatchObject({
    issues: [{ path: ['input', 'stopBelowSpread'] }, { path: ['input', 'maxMoves'], allowed: '1 to 200' }],
  })
  expect(await planOf()).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [], copyBytes: '0' })
})

test('a fleet that filled on one side is evened out on paper, and by nothing else', async () => {
  const full = clusters[0]?.id ?? ''
  await setAll('CORDONED', full)
  for (let number = 0; number < 6; number++) {
    const name = `heavy-${number}`
    const answer = await createVolume(stack.api, {
      idempotencyKey: name,
      name,
      sizeBytes: String(TIB / 2n),
      replicas: 2,
    })
    if (!answer.volume) throw new Error(JSON.stringify(answer))
  }
  await setAll('ACTIVE')
  await waitUntil('the volumes to be there', async () => {
    const { volumes } = await stack.api.ask<Answer>(
      '{ volumes(where: { state: [AVAILABLE] }) { totalCount } }',
    )
    return volumes.totalCount === 6
  })
  const plan = await planOf()
  expect(plan.outcome).toBe('BALANCED')
  expect(plan.after.spread).toBeLessThanOrEqual(0.1)
  expect(plan.after.peakRatio).toBeLessThan(plan.before.peakRatio)
  expect(plan.copyBytes).toBe(String(BigInt(plan.moves.length) * (TIB / 2n)))
  for (const { source, target, steps } of plan.moves) {
    expect(source.clusterId).toBe(full)
    expect(target.clusterId).not.toBe(full)
    expect(steps.map(({ kind }: Answer) => kind).join(' ')).toBe(
      'CREATE_TARGET WAIT ATTACH WAIT CONNECT COPY VERIFY DETACH WAIT SWITCH DELETE_SOURCE WAIT RENAME',
    )
  }
  expect(await planOf({ maxMoves: 1 })).toMatchObject({ outcome: 'MOVES_SPENT', moves: [{ number: 1 }] })
  // Between the bounds nothing begins; what has begun goes on to the same end.
  expect(await planOf({ startAboveSpread: '0.9' })).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [] })
  expect((await planOf({ startAboveSpread: '0.9', begun: true })).moves).toHaveLength(plan.moves.length)

  // One is given up after its first step; a later plan takes it up with another target.
  const copyingHost = await newHost(stack)
  const begun = plan.moves[0].steps.slice(0, 2)
  const givenUp = await carryOutMove(stack, begun, copyingHost.id)
  expect(await carryOutMove(stack, begun, copyingHost.id)).toBe(givenUp)
  await stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: 'given-up', id: givenUp } })
  const again = await waitUntil('it to be gone, and the plan to be as it was', async () => {
    const { volume } = await stack.api.ask<Answer>(`{ volume(id: "${givenUp}") { state } }`)
    const next = await planOf()
    const isSame = next.moves.length === plan.moves.length && next.after.peakRatio === plan.after.peakRatio
    return volume.state === 'DELETED' && isSame && next
  })

  // The moves are carried out as they are written, and then nothing more is proposed.
  const targets: string[] = []
  for (const { steps } of again.moves) targets.push(await carryOutMove(stack, steps, copyingHost.id))
  expect(targets).not.toContain(givenUp)
  await waitUntil('the old ones to be gone', async () => {
    const again = await planOf()
    return again.outcome === 'WITHIN_BOUNDS' && again.before.spread <= 0.1
  })
})
