// Over 400 lines: all that is told of decisions, on one stack; another one takes half a minute.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPolicy, updatePolicy } from '../testkit/policies.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume } from '../testkit/volumes.ts'

const TIB = 1n << 40n
const GIB = 1n << 30n
const VOLUMES = 12

let stack: Stack
let clusters: readonly { readonly id: string; readonly name: string }[]
let volumes: readonly { readonly id: string; readonly clusterName: string }[]
let decisionId: string

const FRACTION = '{ numerator denominator decimal }'
const VERDICTS = `verdicts { clusterId clusterName rank yields
  score ${FRACTION} margin ${FRACTION} terms { name explanation value ${FRACTION} }
  rejection { reason explanation remedy shortfallBytes fittingSizeBytes }
  filters { name outcome explanation rejection { reason remedy } } }`
const BALANCE = 'balance { peakRatio spread meanRatio deviation peakToMean }'
const BACK_TEST = `query ($input: BackTestPlacementInput!) { answer: backTestPlacement(input: $input) { __typename
  ... on InvalidInputError { issues { path allowed } }
  ... on BackTestPlacementPayload { decisionCount firstAt lastAt hasEarlier driftedCount changeCount
    recorded { placed refused ${BALANCE} } baseline { placed refused } replayed { placed refused ${BALANCE} }
    changes(first: 200) { volumeId sizeBytes replicas recorded { clusterName } from { clusterId } to { clusterId clusterName } } } } }`
const WHAT_IF = `query ($input: WhatIfPlacementInput!) { answer: whatIfPlacement(input: $input) { __typename
  ... on InvalidInputError { issues { path allowed } }
  ... on WhatIfPlacementPayload { seenAt policyName policyRevision displacedCount
    stages { kind step placed refused placedBeforeFirstRefusal crossedCount filledCount failingCount ${BALANCE}
      crossed { cluster { clusterName } limit } filled { cluster { clusterName } limit afterPlaced }
      failing(first: 2) { number volumeId policyName sizeBytes
        reasons { reason clusterCount clusterName rejection { explanation remedy } } } } } } }`

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, capacity: { kind: 'list', bytes: [10n * TIB] }, seed: 5 },
  })
  await createPolicy(stack.api, {
    name: 'steady',
    limits: { maxObservationAgeMs: 86_400_000, expectedUseRatio: '0' },
  })
  const placed = []
  for (let number = 0; number < VOLUMES; number++) {
    const name = `explain-${number}`
    const answer = await createVolume(stack.api, {
      idempotencyKey: name,
      name,
      sizeBytes: '256GiB',
      replicas: 2,
      policy: 'steady',
    })
    const { volume, decision } = answer
    if (!volume || !decision) throw new Error(JSON.stringify(answer))
    placed.push({ id: volume.id, clusterName: volume.cluster.name, decisionId: decision.id })
  }
  volumes = placed
  decisionId = placed.at(-1)?.decisionId ?? ''
  const answer = await stack.api.ask<{ clusters: { nodes: typeof clusters } }>(
    '{ clusters(orderBy: { field: NAME }) { nodes { id name } } }',
  )
  clusters = answer.clusters.nodes
})

afterAll(() => stack?.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

const backTest = async (input: object): Promise<Answer> =>
  (await stack.api.ask<{ answer: Answer }>(BACK_TEST, { input })).answer
const whatIf = async (input: object): Promise<Answer> =>
  (await stack.api.ask<{ answer: Answer }>(WHAT_IF, { input })).answer

const ratioOf = ({ numerator, denominator }: { numerator: string; denominator: string }) => ({
  numerator: BigInt(numerator),
  denominator: BigInt(denominator),
})

test('a stored decision explains itself: terms add up to the score, margins lead to the next, every filter is heard', async () => {
  const { placementDecision } = await stack.api.ask<Answer>(
    `query ($id: ID!) { placementDecision(id: $id) { id cluster { name } volume { placementDecision { id } }
      ${VERDICTS}
      hops { hop position group excludedClusterIds requestedBytes policyName policyRevision policy { createdBy }
        growsOn { id } pinnedTo { id } cluster { name } verdicts { clusterId rank }
        seen { clusterId adminState health labels { key } joinedAt recentBytes provisionedBytes maxReplicas observedAt } } } }`,
    { id: decisionId },
  )
  const { verdicts, hops, volume } = placementDecision
  expect(volume.placementDecision.id).toBe(decisionId)
  expect(verdicts.map(({ rank }: Answer) => rank)).toEqual([1, 2, 3])
  for (const [index, verdict] of verdicts.entries()) {
    const score = ratioOf(verdict.score)
    expect(verdict.terms).toMatchObject([{ name: 'PROJECTED_RATIO', value: verdict.score }])
    expect(verdict.filters.map(({ outcome }: Answer) => outcome)).toEqual(Array(14).fill('PASSED'))
    const next = verdicts[index + 1]
    if (!next) expect(verdict.margin).toBeNull()
    else {
      const [after, margin] = [ratioOf(next.score), ratioOf(verdict.margin)]
      const difference = after.numerator * score.denominator - score.numerator * after.denominator
      expect(difference * margin.denominator).toBe(margin.numerator * after.denominator * score.denominator)
    }
  }
  expect(verdicts[0].filters.find(({ name }: Answer) => name === 'PROMISED').explanation).toMatch(
    /^needs 512 GiB, would be 0\.\d\d of 1\.50 allowed$/,
  )
  expect(hops).toMatchObject([
    {
      hop: 0,
      position: 0,
      group: null,
      growsOn: null,
      pinnedTo: null,
      excludedClusterIds: [],
      requestedBytes: String(512n * GIB),
      policyName: 'steady',
      policyRevision: 1,
      policy: { createdBy: expect.any(String) },
      cluster: placementDecision.cluster,
    },
  ])
  expect(hops[0].seen).toHaveLength(3)
  expect(hops[0].seen[0]).toMatchObject({ adminState: 'ACTIVE', health: 'OK', maxReplicas: 3 })
  expect(hops[0].verdicts.map(({ clusterId }: Answer) => clusterId)).toEqual(
    verdicts.map(({ clusterId }: Answer) => clusterId),
  )
})

test('a refusal tells for every cluster what would make it pass, and asking for that passes', async () => {
  const { previewPlacement } = await stack.api.ask<Answer>(
    `{ previewPlacement(policy: "steady", input: [{ sizeBytes: "12TiB", replicas: 2 }]) {
      ... on PreviewPlacementPayload { placements { ${VERDICTS} } } } }`,
  )
  const { verdicts } = previewPlacement.placements[0]
  expect(verdicts).toHaveLength(3)
  for (const { rejection, filters, score, terms } of verdicts) {
    expect(rejection.reason).toBe('PROMISED_LIMIT')
    expect(rejection.explanation).toMatch(/^needs 24\.0 TiB, would be 2\.\d\d of 1\.50 allowed$/)
    expect(rejection.remedy).toMatch(/^ask for at most .* TiB, delete .*, or add .* of effective capacity$/)
    expect([score, terms]).toEqual([null, []])
    const refused = filters.filter(({ outcome }: Answer) => outcome === 'REFUSED')
    expect(refused.map(({ name }: Answer) => name)).toEqual(['PROMISED'])
    expect(refused[0].rejection).toEqual({ reason: rejection.reason, remedy: rejection.remedy })
  }
  const fitting = BigInt(verdicts[0].rejection.fittingSizeBytes)
  const ask = async (sizeBytes: bigint) =>
    stack.api.ask<Answer>(
      `query ($size: Bytes!) { previewPlacement(policy: "steady", input: [{ sizeBytes: $size, replicas: 2 }]) {
        ... on PreviewPlacementPayload { placements { cluster { id } } } } }`,
      { size: String(sizeBytes - (sizeBytes % 4096n)) },
    )
  expect((await ask(fitting)).previewPlacement.placements[0].cluster).not.toBeNull()
})

test('an unknown decision is null, a malformed id says what is allowed', async () => {
  const id = 'dec_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
  expect(await stack.api.ask(`{ placementDecision(id: "${id}") { id } }`)).toEqual({
    placementDecision: null,
  })
  const { errors } = await stack.api.send('{ placementDecision(id: "dec_1") { id } }')
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_ID', path: 'id' } }])
})

test('past decisions under the policy that took them, under another one, and under a draft', async () => {
  const same = await backTest({ decidedBy: 'steady' })
  expect(same).toMatchObject({
    decisionCount: VOLUMES,
    hasEarlier: false,
    driftedCount: 0,
    changeCount: 0,
    baseline: { placed: VOLUMES, refused: 0 },
    recorded: { placed: VOLUMES, refused: 0, balance: { spread: 0, deviation: 0, peakToMean: 1 } },
  })
  expect(same.replayed).toEqual(same.recorded)

  await createPolicy(stack.api, {
    name: 'tight',
    limits: { maxProvisionedRatio: { create: '0.1' }, maxObservationAgeMs: 86_400_000 },
  })
  const tight = await backTest({ decidedBy: 'steady', policy: 'tight' })
  expect(tight).toMatchObject({ replayed: { placed: 6, refused: VOLUMES - 6 }, changeCount: VOLUMES - 6 })
  expect(tight.changes[0]).toMatchObject({
    volumeId: volumes[6]?.id,
    recorded: { clusterName: volumes[6]?.clusterName },
    sizeBytes: String(256n * GIB),
    to: null,
  })
  const document = { name: 'draft', limits: { maxProvisionedRatio: { create: '0.1' } } }
  expect(await backTest({ decidedBy: 'steady', document })).toMatchObject({
    replayed: { placed: 6, refused: VOLUMES - 6 },
  })
  expect(await backTest({ decidedBy: 'steady', last: 5 })).toMatchObject({
    decisionCount: 5,
    hasEarlier: true,
  })
  expect(await backTest({ from: same.firstAt, to: same.firstAt.replace('Z', '+00:00') })).toMatchObject({
    issues: [{ path: ['input', 'to'] }],
  })
  expect(await backTest({ decidedBy: 'steady', to: same.firstAt })).toMatchObject({
    decisionCount: 0,
    firstAt: null,
    recorded: { balance: { peakRatio: null } },
  })
})

test('past decisions on another fleet: with a cluster added, without one, and on the present one', async () => {
  const addClusters = [{ name: 'joining', effectiveBytes: '1PiB', labels: [{ key: 'site', value: 'x' }] }]
  const joined = await backTest({ decidedBy: 'steady', addClusters })
  expect(joined.changeCount).toBeGreaterThan(VOLUMES / 2)
  expect(new Set(joined.changes.map(({ to }: Answer) => to.clusterName))).toContain('joining')
  const [first] = clusters
  const without = await backTest({ decidedBy: 'steady', withoutClusters: [first?.id] })
  expect(without.changeCount).toBeGreaterThanOrEqual(VOLUMES / 3)
  expect(without.changes.some(({ from }: Answer) => from.clusterId === first?.id)).toBe(true)
  expect(without.changes.every(({ to }: Answer) => to.clusterId !== first?.id)).toBe(true)
  const present = await backTest({ decidedBy: 'steady', fleet: 'PRESENT' })
  expect(present).toMatchObject({ replayed: { placed: VOLUMES, refused: 0 } })
  expect(present.replayed.balance.peakRatio).toBeGreaterThan(1.5 * present.recorded.balance.peakRatio)
})

test('what if a cluster goes, another comes, and everything grows: what fails when, and why', async () => {
  const [lost] = clusters
  const held = volumes.filter(({ clusterName }) => clusterName === lost?.name).length
  const answer = await whatIf({
    policy: 'steady',
    loseClusters: [lost?.id],
    growth: { ratePerStep: '1', steps: 4 },
    onboard: [{ count: 2, sizeBytes: '1TiB', replicas: 2 }],
  })
  expect(answer).toMatchObject({ policyName: 'steady', policyRevision: 1, displacedCount: held })
  const { stages } = answer
  expect(stages.map(({ kind, step }: Answer) => `${kind} ${step}`)).toEqual([
    'PRESENT 0',
    'CHANGED 0',
    'GROWN 1',
    'GROWN 2',
    'GROWN 3',
    'GROWN 4',
  ])
  expect(stages.slice(0, 2)).toMatchObject([
    { placed: 2, refused: 0 },
    { placed: 2 + held, refused: 0, placedBeforeFirstRefusal: null, failing: [] },
  ])
  const last = stages.at(-1)
  expect(last.refused).toBe(2 + held)
  const crossed = stages.map((stage: Answer) => stage.crossed.map(({ limit }: Answer) => limit))
  expect(crossed).toEqual([[], [], [], [], Array(2).fill('PROMISED'), Array(2).fill('PROMISED_RESIZE')])
  const failing = stages.flatMap((stage: Answer) => stage.failing)
  expect(failing[0].reasons[0]).toMatchObject({
    reason: 'PROMISED_LIMIT',
    clusterCount: 2,
    rejection: { explanation: expect.stringContaining('of 1.50 allowed') },
  })
  const failed = stages.reduce((sum: number, stage: Answer) => sum + stage.failingCount, 0)
  expect(failed).toBe(2 + held)

  const more = await whatIf({
    policy: 'steady',
    onboard: [{ count: 40, sizeBytes: '1TiB', replicas: 1 }],
    addClusters: [{ name: 'joining', effectiveBytes: '10TiB' }],
  })
  const [present, changed] = more.stages
  expect(present).toMatchObject({ placed: 39, refused: 1, filledCount: 3 })
  expect(present.filled[0]).toMatchObject({ limit: 'PROMISED' })
  expect(changed).toMatchObject({ kind: 'CHANGED', placed: 40, refused: 0 })
})

const PREVIEW = `query ($input: [PreviewPlacementInput!]!) { answer: previewPlacement(policy: "steady", input: $input) {
  ... on InvalidInputError { issues { path allowed } }
  ... on PreviewPlacementPayload { placed refused placements { sizeBytes replicas requestedBytes cluster { id name }
    summary { projectedRatio qualifyingCount isTie margin { decimal }
      reasons { reason clusterCount clusterName rejection { explanation remedy } } } } } } }`

test('a thousand requests are previewed at once, each deducted from the next, with margins and reasons', async () => {
  const preview = async (count: number): Promise<Answer> => {
    const input = Array.from({ length: count }, () => ({ sizeBytes: '64GiB', replicas: 1 }))
    return (await stack.api.ask<Answer>(PREVIEW, { input })).answer
  }
  const { placed, refused, placements } = await preview(1_000)
  expect([placements.length, placed, refused]).toEqual([1_000, 624, 376])
  const counts = new Map<string, number>()
  for (const { cluster, summary } of placements.slice(0, 624)) {
    counts.set(cluster.name, (counts.get(cluster.name) ?? 0) + 1)
    const full = 3 - summary.qualifyingCount
    expect(summary.reasons.map(({ clusterCount }: Answer) => clusterCount)).toEqual(full > 0 ? [full] : [])
    expect(summary.margin?.decimal ?? 0).toBeGreaterThanOrEqual(0)
  }
  expect([...counts.values()]).toEqual([208, 208, 208])
  expect(placements[0].summary).toMatchObject({ qualifyingCount: 3, projectedRatio: 0.20625, isTie: true })
  expect(placements[2].summary).toMatchObject({ qualifyingCount: 3, projectedRatio: 0.20625, isTie: false })
  expect(placements[623].summary).toMatchObject({ qualifyingCount: 1, projectedRatio: 1.5, margin: null })
  for (const { cluster, summary } of placements.slice(624)) {
    expect(cluster).toBeNull()
    expect(summary).toMatchObject({
      projectedRatio: null,
      margin: null,
      qualifyingCount: 0,
      reasons: [
        {
          reason: 'PROMISED_LIMIT',
          clusterCount: 3,
          rejection: { explanation: 'needs 64.0 GiB, would be 1.51 of 1.50 allowed' },
        },
      ],
    })
  }
  for (const count of [0, 1_001, 3_000]) {
    expect(await preview(count)).toEqual({ issues: [{ path: ['input'], allowed: '1 to 1000' }] })
  }
})

test('what a lost cluster holds is placed again under its own policy, or under the one that is asked about', async () => {
  const limits = { maxObservationAgeMs: 86_400_000, expectedUseRatio: '0' }
  await createPolicy(stack.api, { name: 'narrow', limits })
  const { volume } = await createVolume(stack.api, {
    idempotencyKey: 'explain-narrow',
    name: 'explain-narrow',
    sizeBytes: '256GiB',
    replicas: 2,
    policy: 'narrow',
  })
  const narrower = { name: 'narrow', limits: { ...limits, maxProvisionedRatio: { create: '0.01' } } }
  await updatePolicy(stack.api, narrower, 1)
  const lost = clusters.find(({ name }) => name === volume?.cluster.name)
  const own = await whatIf({ loseClusters: [lost?.id] })
  expect(own).toMatchObject({ policyName: 'default', displacedCount: 5 })
  expect(own.stages[1]).toMatchObject({
    placed: 4,
    failing: [
      {
        number: 5,
        volumeId: volume?.id,
        policyName: 'narrow',
        reasons: [
          {
            reason: 'PROMISED_LIMIT',
            rejection: { explanation: expect.stringContaining('of 0.01 allowed') },
          },
        ],
      },
    ],
  })
  const asked = await whatIf({ loseClusters: [lost?.id], policy: 'steady' })
  expect(asked.stages[1]).toMatchObject({ placed: 5, failing: [] })
})

test('input that breaks a rule is answered with its path and what is allowed', async () => {
  expect(await whatIf({ onboard: [{ count: 0, sizeBytes: '1GiB' }] })).toMatchObject({
    __typename: 'InvalidInputError',
    issues: [{ path: ['input', 'onboard', '0', 'count'], allowed: '1 to 10000' }],
  })
  expect(await backTest({ policy: 'nonesuch' })).toMatchObject({
    issues: [{ path: ['input', 'policy'], allowed: expect.stringContaining('steady') }],
  })
  const badTime = await stack.api.send(BACK_TEST, { input: { from: 'yesterday' } })
  expect(badTime.errors).toMatchObject([
    {
      extensions: {
        code: 'BAD_INPUT',
        path: 'input.from',
        allowed: expect.stringContaining('RFC 3339'),
      },
    },
  ])
  const badId = await stack.api.send(BACK_TEST, { input: { withoutClusters: ['x'] } })
  expect(badId.errors).toMatchObject([
    { extensions: { code: 'INVALID_ID', path: 'input.withoutClusters.0' } },
  ])
  const labels = [
    { key: 'a', value: '1' },
    { key: 'a', value: '2' },
  ]
  const addClusters = [{ name: 'joining', effectiveBytes: '1TiB', labels }]
  expect(await whatIf({ addClusters })).toMatchObject({
    issues: [{ path: ['input', 'addClusters', '0', 'labels', '1', 'key'] }],
  })
})

test('what would cost too much is refused before it is worked out', async () => {
  const filters = '{ ... on PreviewPlacementPayload { placements { verdicts { filters { name } } } } }'
  const input = Array.from({ length: 1_000 }, () => ({ sizeBytes: '1GiB' }))
  const preview = await stack.api.send(
    `query ($input: [PreviewPlacementInput!]!) { previewPlacement(input: $input) ${filters} }`,
    { input },
  )
  const growth = { ratePerStep: '0.01', steps: 120 }
  const stages = await stack.api.send(WHAT_IF.replace('failing(first: 2)', 'failing(first: 10)'), {
    input: { growth },
  })
  const changes = await stack.api.send(
    '{ backTestPlacement(input: {}) { ... on BackTestPlacementPayload { changes(first: 201) { volumeId } } } }',
  )
  expect(preview.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }])
  expect(stages.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }])
  expect(changes.errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', path: 'first' } }])
})

/** Last, because it spoils a record. */
test('a record that was tampered with is a fault with its own words, never a silent answer', async () => {
  const other = clusters.find(({ name }) => name !== volumes.at(-1)?.clusterName)
  await stack.sql.query('UPDATE placement_decision SET cluster_id = $2 WHERE id = $1', [
    decisionId,
    other?.id,
  ])
  const answer = await stack.api.send('query ($id: ID!) { placementDecision(id: $id) { hops { hop } } }', {
    id: decisionId,
  })
  expect(answer.errors).toMatchObject([
    {
      message: expect.stringMatching(`^decision ${decisionId} says ${other?.id} but replays to cls_`),
      extensions: { code: 'RECORD_FAULT', retryable: false },
    },
  ])
  const range = await stack.api.send(
    '{ backTestPlacement(input: { last: 1, decidedBy: "steady" }) { __typename } }',
  )
  expect(range.errors).toMatchObject([{ extensions: { code: 'RECORD_FAULT' } }])
})
