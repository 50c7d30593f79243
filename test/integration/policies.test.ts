import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPolicy, deletePolicy, updatePolicy } from '../testkit/policies.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n
const LABELS: readonly Readonly<Record<string, string>>[] = [
  { tier: 'gold', site: 'berlin' },
  { tier: 'silver', site: 'munich' },
  { tier: 'silver', site: 'paris' },
]

let stack: Stack
let clusterNames: readonly string[]
let count = 0

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: LABELS.length, capacity: { kind: 'list', bytes: [10n * TIB] }, seed: 3 },
  })
  clusterNames = await labelClusters()
})

afterAll(() => stack?.close())

async function labelClusters(): Promise<readonly string[]> {
  const { clusters } = await stack.api.ask<{
    clusters: { edges: { node: { id: string; name: string } }[] }
  }>('{ clusters(orderBy: { field: NAME, direction: ASC }) { edges { node { id name } } } }')
  const nodes = clusters.edges.map(({ node }) => node)
  for (const [index, { id }] of nodes.entries()) {
    const labels = Object.entries(LABELS[index] ?? {}).map(([key, value]) => ({ key, value }))
    await stack.api.ask(
      'mutation ($input: UpdateClusterInput!) { updateCluster(input: $input) { __typename ... on Error { message } } }',
      { input: { id, labels } },
    )
  }
  return nodes.map(({ name }) => name)
}

function create(policy: string, input: object = {}) {
  const name = `policies-${count++}`
  return createVolume(stack.api, { idempotencyKey: name, name, sizeBytes: '1GiB', policy, ...input })
}

async function resize(id: string, sizeBytes: string) {
  const key = `resize-${count++}`
  const { answer } = await stack.api.ask<{ answer: { __typename: string; message?: string } }>(
    `mutation ($input: ResizeVolumeInput!) { answer: resizeVolume(input: $input) {
      __typename ... on Error { message } } }`,
    { input: { idempotencyKey: key, id, sizeBytes } },
  )
  return answer
}

test('a required label: volumes go there and nowhere else, and the refusal of the others names it', async () => {
  const require = [{ key: 'tier', operator: 'IN', values: ['gold'] }]
  expect(await createPolicy(stack.api, { name: 'gold', require })).toMatchObject({ policy: { revision: 1 } })
  for (let number = 0; number < 4; number++) {
    const { volume, decision } = await create('gold')
    expect(volume?.cluster.name).toBe(clusterNames[0])
    const rejected = decision?.verdicts.filter(({ rejection }) => rejection) ?? []
    expect(rejected.map(({ rejection }) => rejection?.reason)).toEqual([
      'LABELS_NOT_MATCHED',
      'LABELS_NOT_MATCHED',
    ])
    expect(rejected[0]?.rejection?.explanation).toContain('tier')
  }
})

test('a group under anti-affinity takes one cluster of each site, and the fourth is refused with reasons', async () => {
  await createPolicy(stack.api, { name: 'apart', spread: { label: 'site', mode: 'ANTI_AFFINITY' } })
  const members = await Promise.all([1, 2, 3].map(() => create('apart', { group: 'db' })))
  expect(members.map(({ volume }) => volume?.cluster.name).toSorted()).toEqual(clusterNames)
  const fourth = await create('apart', { group: 'db' })
  expect(fourth).toMatchObject({ __typename: 'NoFeasibleClusterError' })
  expect(fourth.decision?.verdicts.map(({ rejection }) => rejection?.reason)).toEqual(
    LABELS.map(() => 'GROUP_LIMIT'),
  )
  expect(fourth.decision?.verdicts[0]?.rejection?.explanation).toContain('site=')
  expect(await create('apart', { group: 'web' })).toMatchObject({ __typename: 'CreateVolumePayload' })
})

test('every fault of a document is answered with its path and what is allowed', async () => {
  const answer = await createPolicy(stack.api, {
    name: 'Bad Name',
    limits: { minFreeRatio: '1.5', maxProvisionedRatio: { create: '2' } },
    prefer: [{ key: 'tier', operator: 'IN', values: [], weight: 'much' }],
    defaults: { replicas: 7 },
  })
  expect(answer.__typename).toBe('InvalidInputError')
  const allowedByPath = new Map(answer.issues?.map(({ path, allowed }) => [path.join('.'), allowed]))
  expect([...allowedByPath.keys()]).toEqual(
    expect.arrayContaining([
      'input.document.name',
      'input.document.limits.minFreeRatio',
      'input.document.prefer.0.weight',
      'input.document.defaults.replicas',
    ]),
  )
  expect(allowedByPath.get('input.document.defaults.replicas')).toBe('a whole number from 1 to 3')
  expect(await create('nonesuch')).toMatchObject({ __typename: 'InvalidInputError' })
})

test('revisions are kept; volumes name theirs; a policy in use stays, one that is not may go', async () => {
  await createPolicy(stack.api, { name: 'copies', defaults: { replicas: 1 } })
  const { volume } = await create('copies')
  expect(await updatePolicy(stack.api, { name: 'copies', defaults: { replicas: 3 } }, 1)).toMatchObject({
    policy: { revision: 2 },
  })
  expect(await updatePolicy(stack.api, { name: 'copies' }, 1)).toMatchObject({ currentRevision: 2 })
  await create('copies')
  const { policy, first, volumes } = await stack.api.ask(
    `query ($id: ID!) {
      policy(name: "copies") { revision volumeCount defaults { replicas } revisions { revision defaults { replicas } } }
      first: policy(name: "copies", revision: 1) { createdBy limits { maxProvisionedRatio { create } } }
      volumes: volume(id: $id) { policyName policyRevision replicas group }
    }`,
    { id: volume?.id },
  )
  expect(policy).toEqual({
    revision: 2,
    volumeCount: 2,
    defaults: { replicas: 3 },
    revisions: [
      { revision: 2, defaults: { replicas: 3 } },
      { revision: 1, defaults: { replicas: 1 } },
    ],
  })
  expect(first).toMatchObject({ limits: { maxProvisionedRatio: { create: '1.5' } } })
  expect(volumes).toEqual({ policyName: 'copies', policyRevision: 1, replicas: 1, group: null })
  expect(await deletePolicy(stack.api, 'copies')).toEqual({
    __typename: 'InvalidStateError',
    message: '2 volumes use this policy; delete them first',
  })
  expect(await deletePolicy(stack.api, 'default')).toMatchObject({ __typename: 'InvalidStateError' })
  await createPolicy(stack.api, { name: 'unused' })
  expect(await deletePolicy(stack.api, 'unused')).toMatchObject({ __typename: 'DeletePolicyPayload' })
})

test('a policy made twice under one key is one; a change or a deletion made twice is answered alike', async () => {
  const document = { name: 'again', defaults: { replicas: 1 } }
  const made = await createPolicy(stack.api, document, 'again-1')
  expect(await createPolicy(stack.api, document, 'again-1')).toEqual(made)
  expect(await createPolicy(stack.api, { name: 'again' }, 'again-1')).toEqual({
    __typename: 'IdempotencyConflictError',
    message: `this idempotency key was used by ${made.operation?.id} with another input`,
  })
  const { policy } = await updatePolicy(stack.api, { ...document, description: 'x' }, 1)
  expect(policy).toMatchObject({ revision: 2 })
  expect(await updatePolicy(stack.api, { ...document, description: 'x' }, 1)).toMatchObject({ policy })
  const deleted = await deletePolicy(stack.api, 'again')
  expect(deleted).toEqual({ __typename: 'DeletePolicyPayload' })
  expect(await deletePolicy(stack.api, 'again')).toEqual(deleted)
})

test('each change of a policy is an operation with its actor and key, and a key is one over all kinds', async () => {
  const made = await createPolicy(stack.api, { name: 'told' }, 'told-1')
  const document = { name: 'told', description: 'second' }
  const changed = await updatePolicy(stack.api, document, 1, 'told-2')
  expect(changed).toMatchObject({ policy: { revision: 2 } })
  await updatePolicy(stack.api, { name: 'told', description: 'third' }, 2)
  expect(await updatePolicy(stack.api, document, 1, 'told-2')).toEqual(changed)
  expect(await createPolicy(stack.api, { name: 'told' }, 'told-1')).toEqual(made)
  for (const key of ['told-1', 'told-2']) {
    expect(await updatePolicy(stack.api, document, 3, key)).toMatchObject({
      __typename: 'IdempotencyConflictError',
    })
    const name = `told-${count++}`
    expect(await createVolume(stack.api, { idempotencyKey: key, name, sizeBytes: '1GiB' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    })
  }
  const { operations, policy } = await stack.api.ask<{
    operations: { nodes: { policyName: string }[] }
    policy: { createdBy: string; revision: number }
  }>(`{ policy(name: "told") { createdBy revision }
    operations(first: 200, where: { kind: [CREATE_POLICY, UPDATE_POLICY] }) {
      nodes { id kind state actor idempotencyKey policyName attempts { startedAt } error { code } steps { kind state } } } }`)
  expect(policy.revision).toBe(3)
  const done = {
    state: 'SUCCEEDED',
    actor: policy.createdBy,
    policyName: 'told',
    attempts: [],
    error: null,
    steps: [{ kind: 'RECORD', state: 'DONE' }],
  }
  expect(operations.nodes.filter(({ policyName }) => policyName === 'told')).toEqual([
    { ...done, id: expect.stringMatching(/^op_/), kind: 'UPDATE_POLICY', idempotencyKey: null },
    { ...done, id: changed.operation?.id, kind: 'UPDATE_POLICY', idempotencyKey: 'told-2' },
    { ...done, id: made.operation?.id, kind: 'CREATE_POLICY', idempotencyKey: 'told-1' },
  ])
})

describe('the QoS policy of a volume', () => {
  const qosPoliciesOn = () =>
    stack.fleet.clusters.flatMap((cluster) =>
      cluster.volumes().map(({ name, qosPolicyUuid }) => ({ name, on: cluster.name, qosPolicyUuid })),
    )

  async function settled(id = '') {
    return waitUntil('the volume to be settled', async () => {
      const { volume } = await stack.api.ask<{ volume: SettledVolume }>(
        `query ($id: ID!) { volume(id: $id) { state qosPolicy backendName cluster { name } placementDecision { hop cluster { name }
            verdicts { clusterName rejection { reason } } hops { cluster { name } } }
          latestOperation { state error { code message } } } }`,
        { id },
      )
      return volume.state === 'CREATING' ? false : volume
    })
  }

  interface SettledVolume {
    state: string
    qosPolicy: string | null
    backendName: string
    cluster: { name: string }
    placementDecision: {
      hop: number
      cluster: { name: string } | null
      verdicts: { clusterName: string; rejection: { reason: string } | null }[]
      hops: { cluster: { name: string } | null }[]
    }
    latestOperation: { state: string; error: { code: string; message: string } | null }
  }

  test('clusters without it refuse the volume, which goes on to the one that has it; a request overrides the policy', async () => {
    const last = stack.fleet.clusters.find(({ name }) => name === clusterNames[2])
    const fast = last?.createQosPolicy('fast')
    const slow = last?.createQosPolicy('slow')
    await createPolicy(stack.api, { name: 'limited', defaults: { qosPolicy: 'fast' } })
    const [byPolicy, byRequest, ...without] = await Promise.all([
      create('limited', { sizeBytes: '2GiB' }),
      create('limited', { qosPolicy: 'slow' }),
      create('limited', { qosPolicy: null }),
      create('default'),
    ])
    const volume = await settled(byPolicy.volume?.id)
    expect(volume).toMatchObject({ state: 'AVAILABLE', qosPolicy: 'fast', cluster: { name: last?.name } })
    expect(await settled(byRequest.volume?.id)).toMatchObject({ state: 'AVAILABLE', qosPolicy: 'slow' })
    for (const { volume: each } of without) {
      expect(await settled(each?.id)).toMatchObject({ state: 'AVAILABLE', qosPolicy: null })
    }
    expect(qosPoliciesOn().filter(({ qosPolicyUuid }) => qosPolicyUuid !== '')).toEqual(
      expect.arrayContaining([
        { name: volume.backendName, on: last?.name, qosPolicyUuid: fast?.uuid },
        expect.objectContaining({ qosPolicyUuid: slow?.uuid }),
      ]),
    )
  })

  test('where no cluster has it, the volume fails, says so, and is nowhere', async () => {
    const { volume } = await create('default', { qosPolicy: 'none such' })
    const failed = await settled(volume?.id)
    const { placementDecision } = failed
    expect(failed).toMatchObject({ state: 'FAILED', placementDecision: { hop: 3, cluster: null } })
    expect(placementDecision.hops.map(({ cluster }) => cluster?.name ?? null).toSorted()).toEqual(
      [...clusterNames, null].toSorted(),
    )
    expect(placementDecision.hops.at(-1)?.cluster).toBeNull()
    expect(placementDecision.verdicts.map(({ rejection }) => rejection?.reason)).toEqual(
      clusterNames.map(() => 'EXCLUDED'),
    )
    expect(failed.latestOperation).toEqual({
      state: 'FAILED',
      error: {
        code: 'UNKNOWN_QOS_POLICY',
        message:
          'the cluster has no QoS policy "none such" that project default may use; tried on 3 clusters, no other qualifies, as the decision says of each',
      },
    })
    expect(qosPoliciesOn().map(({ name }) => name)).not.toContain(failed.backendName)
    await waitForRest(stack)
  })

  test('a name that is none is refused', async () => {
    expect(await create('default', { qosPolicy: ' ' })).toMatchObject({ __typename: 'InvalidInputError' })
  })
})

test('growth goes up to the resize limit of the policy that the volume has', async () => {
  const maxProvisionedRatio = { create: '0.5', resize: '0.6' }
  await createPolicy(stack.api, { name: 'tight', limits: { maxProvisionedRatio } })
  const { volume } = await create('tight', { sizeBytes: '2TiB', replicas: 2 })
  await waitForRest(stack)
  expect(await resize(volume?.id ?? '', '2816GiB')).toMatchObject({ __typename: 'ResizeVolumePayload' })
  await waitForRest(stack)
  expect(await resize(volume?.id ?? '', '3200GiB')).toMatchObject({ __typename: 'NoFeasibleClusterError' })
  expect(await create('tight', { sizeBytes: '6TiB', replicas: 1 })).toMatchObject({
    __typename: 'NoFeasibleClusterError',
  })
  expect(await create('default', { sizeBytes: '6TiB', replicas: 1 })).toMatchObject({
    __typename: 'CreateVolumePayload',
  })
})

test('a preview goes by the policy and the groups that it names', async () => {
  const { previewPlacement } = await stack.api.ask<{
    previewPlacement: { policyName: string; placements: { cluster: { name: string } | null }[] }
  }>(`{ previewPlacement(policy: "apart", input: [
    { sizeBytes: "1GiB", group: "db" }, { sizeBytes: "1GiB", group: "new" }, { sizeBytes: "1GiB", group: "new" } ]) {
    ... on PreviewPlacementPayload { policyName placements { cluster { name } } } ... on Error { message } } }`)
  const [db, ...others] = previewPlacement.placements.map(({ cluster }) => cluster?.name ?? null)
  expect(db).toBeNull()
  expect(new Set(others).size).toBe(2)
})
