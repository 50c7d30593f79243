import { summarizePlacement } from '@flotilla/core/placement/placement-summary'
import { expect, test } from 'vitest'
import { aCapacity, aCluster, aDecision, anOperation, aVolume, testId } from '../test/sample-records.ts'
import { startTestServer } from '../test/start-test-server.ts'

async function startFilledServer() {
  const server = await startTestServer()
  const { clusters, capacities, volumes, operations, decisions } = server.fleet
  for (const number of [1, 2, 3]) {
    const cluster = aCluster(number)
    clusters.set(cluster.id, cluster)
    if (number < 3) capacities.set(cluster.id, aCapacity(cluster.id))
  }
  const volume = aVolume(1)
  volumes.set(volume.id, volume)
  if (volume.decisionId) decisions.set(volume.decisionId, aDecision(1))
  const operation = anOperation(1, { volumeId: volume.id })
  operations.set(operation.id, operation)
  return server
}

test('the fleet adds up what was observed', async () => {
  const server = await startFilledServer()
  const { body } = await server.send(
    '{ fleet { id clusterCount capacity { observedClusterCount effectiveBytes provisionedRatio } } }',
  )
  expect(body.data.fleet).toEqual({
    id: 'fleet',
    clusterCount: 3,
    capacity: { observedClusterCount: 2, effectiveBytes: '2000', provisionedRatio: 0.6 },
  })
})

test('unknown figures are null', async () => {
  const server = await startTestServer()
  const { body } = await server.send('{ fleet { capacity { usedBytes } } }')
  expect(body).toEqual({ data: { fleet: { capacity: null } } })
})

test('a cluster shows what its kind can do; of a kind that this release does not have nothing is known', async () => {
  const server = await startFilledServer()
  const newer = { ...aCluster(4), driver: 'newer' }
  server.fleet.clusters.set(newer.id, newer)
  const { body } = await server.send(
    `query ($id: ID!, $newer: ID!) {
      cluster(id: $id) {
        capabilities { snapshots clones qos hostAccess replicas maxReplicas sizeGranularityBytes }
      }
      newer: cluster(id: $newer) { capabilities { snapshots } }
    }`,
    { id: testId('Cluster', 1), newer: newer.id },
  )
  expect(body.data).toEqual({
    cluster: {
      capabilities: {
        snapshots: true,
        clones: true,
        qos: true,
        hostAccess: 'NQN',
        replicas: 'PER_VOLUME',
        maxReplicas: 3,
        sizeGranularityBytes: '4096',
      },
    },
    newer: { capabilities: null },
  })
})

test('a cluster shows its figures, their limits and their age', async () => {
  const server = await startFilledServer()
  const { body } = await server.send(
    `query ($id: ID!) {
      cluster(id: $id) {
        labels { key value }
        capacity { headroomBytes maxProvisionedRatio provisionedRatio utilization stale observedAt }
      }
    }`,
    { id: testId('Cluster', 1) },
  )
  expect(body.data.cluster).toEqual({
    labels: [
      { key: 'site', value: 'berlin' },
      { key: 'tier', value: 'fast' },
    ],
    capacity: {
      headroomBytes: '900',
      maxProvisionedRatio: 1.5,
      provisionedRatio: 0.6,
      utilization: 0.25,
      stale: true,
      observedAt: '2026-11-22T08:00:00.000Z',
    },
  })
})

test('sizes above 2^53 stay exact', async () => {
  const server = await startFilledServer()
  const { body } = await server.send('{ volumes { nodes { sizeBytes } } }')
  expect(body.data.volumes.nodes).toEqual([{ sizeBytes: '1152921504606846976' }])
})

test('a page has edges, nodes, positions and the length of the list', async () => {
  const server = await startFilledServer()
  const query = `query ($after: String) {
    clusters(first: 2, after: $after) {
      totalCount
      edges { cursor node { name } }
      nodes { name }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`
  const first = (await server.send(query)).body.data.clusters
  expect(first.totalCount).toBe(3)
  expect(first.nodes).toEqual([{ name: 'cluster-1' }, { name: 'cluster-2' }])
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  const second = (await server.send(query, { after: first.pageInfo.endCursor })).body.data.clusters
  expect(second.edges.map(({ node }: { node: object }) => node)).toEqual([{ name: 'cluster-3' }])
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
})

test('objects of one kind are read together, each once', async () => {
  const server = await startFilledServer()
  await server.send(
    `{ clusters { nodes { capacity { usedBytes } } } volumes { nodes { cluster { name } placementDecision { cluster { name } } } } }`,
  )
  const methods = server.fleet.asked.map(({ method }) => method)
  expect(methods.filter((method) => method === 'capacitiesByClusterIds')).toHaveLength(1)
  expect(methods.filter((method) => method === 'clustersByIds')).toHaveLength(1)
})

test('filters reach the reader with and, or, not; nulls say nothing', async () => {
  const server = await startTestServer()
  const { body } = await server.send(
    `query ($where: VolumeFilter) { volumes(where: $where, orderBy: {field: SIZE_BYTES, direction: DESC}) { totalCount } }`,
    {
      where: {
        name: { contains: 'db', eq: null },
        state: null,
        or: [{ sizeBytes: { gte: '1GiB' } }, { not: { clusterId: [testId('Cluster', 1)] } }],
      },
    },
  )
  expect(body.errors).toBeUndefined()
  expect(server.fleet.asked.at(-1)?.input).toEqual({
    where: {
      name: { contains: 'db' },
      or: [{ sizeBytes: { gte: 1_073_741_824n } }, { not: { clusterId: [testId('Cluster', 1)] } }],
    },
    page: { first: 50, after: null, orderBy: { field: 'SIZE_BYTES', direction: 'DESC' } },
  })
})

test("a cluster's volumes are those of this cluster, whatever the filter says", async () => {
  const server = await startFilledServer()
  await server.send(
    '{ cluster(id: "cls_01939b6c-7b1e-7c3a-9d52-000000000001") { volumes(where: {or: [{state: [DELETED]}]}) { totalCount } } }',
  )
  expect(server.fleet.asked.at(-1)?.input).toMatchObject({
    where: { and: [{ clusterId: [testId('Cluster', 1)] }, { or: [{ state: ['DELETED'] }] }] },
  })
})

test('node finds objects of every type by their ids', async () => {
  const server = await startFilledServer()
  const ids = [
    'fleet',
    testId('Cluster', 2),
    testId('Volume', 1),
    testId('Operation', 1),
    testId('PlacementDecision', 1),
    testId('Volume', 99),
  ]
  const { body } = await server.send('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
  expect(body.data.nodes.map((node: { __typename: string } | null) => node?.__typename)).toEqual([
    'Fleet',
    'Cluster',
    'Volume',
    'Operation',
    'PlacementDecision',
    undefined,
  ])
})

test('an operation shows its target', async () => {
  const server = await startFilledServer()
  const { body } = await server.send(
    '{ operations { nodes { target { __typename ... on Volume { name latestOperation { state } } } } } }',
  )
  expect(body.data.operations.nodes).toEqual([
    { target: { __typename: 'Volume', name: 'volume-1', latestOperation: { state: 'PENDING' } } },
  ])
})

test('an unknown id is null', async () => {
  const server = await startTestServer()
  const { body } = await server.send(`{ volume(id: "${testId('Volume', 9)}") { id } }`)
  expect(body).toEqual({ data: { volume: null } })
})

test('verdicts of a preview are worked out one placement at a time, with others served in between', async () => {
  const server = await startFilledServer()
  let turn = 0
  let isAnswered = false
  const countTurns = (): void => {
    turn++
    if (!isAnswered) setImmediate(countTurns)
  }
  const turnsOfVerdicts: number[] = []
  server.fleet.commands.previewPlacement = async (_policy, requests) => ({
    decidedAt: new Date(0),
    policyName: 'default',
    policyRevision: 1,
    placements: requests.map(({ sizeBytes = 0n }) => ({
      sizeBytes,
      replicas: 1,
      outcome: {
        clusterId: null,
        get verdicts() {
          turnsOfVerdicts.push(turn)
          return aDecision(1).verdicts
        },
        summary: summarizePlacement([]),
      },
    })),
  })
  countTurns()
  const input = Array.from({ length: 20 }, () => ({ sizeBytes: 4096 }))
  const { body } = await server.send(
    `query ($input: [PreviewPlacementInput!]!) { previewPlacement(input: $input) {
      ... on PreviewPlacementPayload { placements { verdicts { clusterName } } } } }`,
    { input },
  )
  isAnswered = true
  expect(body.data.previewPlacement.placements).toHaveLength(20)
  expect(new Set(turnsOfVerdicts).size).toBe(20)
})

test('a moment is taken with its offset only', async () => {
  const server = await startFilledServer()
  const ask = (from: string) =>
    server.send(`{ backTestPlacement(input: {from: ${JSON.stringify(from)}}) { __typename } }`)
  for (const from of ['2026-11-22T08:56:01Z', '2026-11-22T08:56:01.123456+01:00']) {
    expect((await ask(from)).body.data.backTestPlacement.__typename).toBe('BackTestPlacementPayload')
  }
  for (const from of ['2026-11-22', '2026-11-22T08:56:01', '2026-13-22T08:56:01Z', 'now', '1']) {
    const { body } = await ask(from)
    expect(body.errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', path: 'from' })
  }
})
