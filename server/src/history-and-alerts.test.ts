import { expect, test } from 'vitest'
import { aCapacity, aCluster } from '../test/sample-records.ts'
import { startTestServer } from '../test/start-test-server.ts'

async function startWithCluster() {
  const server = await startTestServer()
  const cluster = aCluster(1)
  server.fleet.clusters.set(cluster.id, cluster)
  server.fleet.capacities.set(cluster.id, aCapacity(cluster.id))
  return { ...server, id: cluster.id }
}

test('history is read as finely as it is kept back to where it begins', async () => {
  const server = await startWithCluster()
  const ask = (args: string) =>
    server.send(`query ($id: ID!) { cluster(id: $id) { capacityHistory${args} { totalCount } } }`, {
      id: server.id,
    })
  await ask('')
  await ask('(from: "2020-01-01T00:00:00Z", first: 5)')
  await ask('(from: "2020-01-01T00:00:00Z", resolution: HOUR)')
  const asked = server.fleet.asked.filter(({ method }) => method === 'capacityHistory')
  expect(asked.map(({ input }) => input)).toMatchObject([
    { clusterId: server.id, range: { resolution: 'FIVE_MINUTES' }, page: { first: 50, after: null } },
    { range: { resolution: 'DAY' }, page: { first: 5 } },
    { range: { resolution: 'HOUR' } },
  ])
})

test('a range that ends before it begins is told so', async () => {
  const server = await startWithCluster()
  const { body } = await server.send(
    '{ fleet { capacityHistory(from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z") { totalCount } } }',
  )
  expect(body.errors[0]).toMatchObject({ extensions: { code: 'BAD_INPUT', path: 'from' } })
})

test('without history a forecast says so, with what is left by the policy', async () => {
  const server = await startWithCluster()
  const { body } = await server.send(
    `query ($id: ID!) {
      cluster(id: $id) { capacityForecast { policyName promised { outcome days leftBytes confidence } } }
      fleet { capacityForecast { written { outcome sampleCount } } }
    }`,
    { id: server.id },
  )
  expect(body).toMatchObject({
    data: {
      cluster: {
        capacityForecast: {
          policyName: 'default',
          promised: { outcome: 'NOT_ENOUGH_HISTORY', days: null, confidence: null },
        },
      },
      fleet: { capacityForecast: { written: { outcome: 'NOT_ENOUGH_HISTORY', sampleCount: 0 } } },
    },
  })
})

test('a forecast by a policy that does not exist is refused; one of a cluster never observed is null', async () => {
  const server = await startWithCluster()
  const { body } = await server.send('{ fleet { capacityForecast(policy: "nope") { policyName } } }')
  expect(body.errors[0]).toMatchObject({ extensions: { code: 'BAD_INPUT', path: 'policy' } })
  server.fleet.capacities.clear()
  const empty = await server.send('{ fleet { capacityForecast { policyName } } }')
  expect(empty.body).toEqual({ data: { fleet: { capacityForecast: null } } })
})

test('alerts are asked for by what the filter says, and of one cluster only by it', async () => {
  const server = await startWithCluster()
  const { body } = await server.send(
    `query ($id: ID!) {
      alerts(where: {open: true, kind: [STALE]}, first: 3) { totalCount }
      cluster(id: $id) { mutedUntil credentialExpiresAt alerts(where: {severity: [CRITICAL]}) { totalCount } }
    }`,
    { id: server.id },
  )
  expect(body.errors).toBeUndefined()
  const asked = server.fleet.asked.filter(({ method }) => method === 'listAlerts')
  expect(asked.map(({ input }) => input)).toMatchObject([
    { where: { isOpen: true, kind: ['STALE'] }, page: { first: 3 } },
    { where: { and: [{ clusterId: [server.id] }, { severity: ['CRITICAL'] }] } },
  ])
  const bad = await server.send('{ alerts(where: {clusterId: ["vol_1"]}) { totalCount } }')
  expect(bad.body.errors[0]).toMatchObject({ extensions: { code: 'INVALID_ID' } })
})
