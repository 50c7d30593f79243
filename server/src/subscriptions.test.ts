import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectByWebSocket, subscribeBySse } from '../test/read-events.ts'
import { aCapacity, aCluster, anOperation, aVolume, testId } from '../test/sample-records.ts'
import { startTestServer, TOKENS } from '../test/start-test-server.ts'

const EVENTS = `subscription ($after: String, $kinds: [FleetEventKind!]) {
  fleetEvents(after: $after, kinds: $kinds) {
    __typename
    ... on FleetSnapshot { cursor fleet { clusterCount } clusters { name } }
    ... on ClusterChanged { cursor cluster { name connection capacity { usedBytes } } fleet { clusterCount } }
    ... on ClusterDetached { cursor clusterId }
    ... on VolumeChanged { cursor volume { name state } }
    ... on OperationChanged { cursor operation { state } }
    ... on Heartbeat { cursor at }
    ... on ResyncRequired { reason }
  }
}`

async function startServerWithCluster(options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options)
  const cluster = aCluster(1)
  server.fleet.clusters.set(cluster.id, cluster)
  server.fleet.capacities.set(cluster.id, aCapacity(cluster.id))
  const subscribe = async (variables: object = {}, query = EVENTS) => {
    const subscription = await subscribeBySse(server.server.url, query, variables)
    onTestFinished(subscription.close)
    return {
      ...subscription,
      nextEvent: async () => (await subscription.next())?.data?.fleetEvents,
    }
  }
  return { ...server, cluster, subscribe }
}

describe('server-sent events', () => {
  test('a snapshot comes first, then each change with the state at its delivery', async () => {
    const { eventLog, fleet, cluster, subscribe } = await startServerWithCluster()
    const events = await subscribe()
    expect(await events.nextEvent()).toMatchObject({
      __typename: 'FleetSnapshot',
      cursor: '1.0',
      clusters: [{ name: 'cluster-1' }],
    })

    eventLog.append('CLUSTER_CHANGED', cluster.id)
    expect(await events.nextEvent()).toMatchObject({
      __typename: 'ClusterChanged',
      cursor: '1.1',
      cluster: { connection: 'CONNECTED', capacity: { usedBytes: '250' } },
    })

    fleet.clusters.set(cluster.id, { ...cluster, connection: 'DISCONNECTED' })
    fleet.capacities.set(cluster.id, { ...aCapacity(cluster.id), usedBytes: 9n })
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    expect(await events.nextEvent()).toMatchObject({
      cluster: { connection: 'DISCONNECTED', capacity: { usedBytes: '9' } },
    })

    const volume = aVolume(1)
    const operation = anOperation(1)
    fleet.volumes.set(volume.id, volume)
    fleet.operations.set(operation.id, operation)
    eventLog.append('VOLUME_CHANGED', volume.id)
    eventLog.append('OPERATION_CHANGED', operation.id)
    eventLog.append('CLUSTER_DETACHED', cluster.id)
    expect(await events.nextEvent()).toMatchObject({ volume: { name: 'volume-1' } })
    expect(await events.nextEvent()).toMatchObject({ operation: { state: 'PENDING' } })
    expect(await events.nextEvent()).toMatchObject({ __typename: 'ClusterDetached', clusterId: cluster.id })
  })

  test('after a cursor everything since comes, once and in order, then what is new', async () => {
    const { eventLog, cluster, subscribe } = await startServerWithCluster()
    const [first] = [1, 2, 3].map(() => eventLog.append('CLUSTER_CHANGED', cluster.id))
    const events = await subscribe({ after: first?.cursor })
    expect((await events.nextEvent()).cursor).toBe('1.2')
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    expect((await events.nextEvent()).cursor).toBe('1.3')
    expect((await events.nextEvent()).cursor).toBe('1.4')
  })

  test('a cursor that the log no longer reaches gets ResyncRequired, and the stream ends', async () => {
    const { eventLog, cluster, subscribe } = await startServerWithCluster()
    for (let count = 0; count < 5; count++) eventLog.append('CLUSTER_CHANGED', cluster.id)
    eventLog.trim(2)
    const events = await subscribe({ after: '1.1' })
    expect(await events.nextEvent()).toEqual({
      __typename: 'ResyncRequired',
      reason: expect.stringContaining('no longer reaches back'),
    })
    expect(await events.next()).toBeUndefined()
  })

  test('U2: pages within all clusters are QUERY_TOO_COMPLEX', async () => {
    const { fleet, subscribe } = await startServerWithCluster()
    const pages = 'volumes(first: 200) { nodes { name } }'
    const events = await subscribe(
      {},
      `subscription { fleetEvents { ... on FleetSnapshot { clusters { ${pages} } } } }`,
    )
    expect((await events.next()).errors[0].extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX' })
    expect(fleet.asked.filter(({ method }) => method === 'listVolumes')).toEqual([])
  })

  test('a cursor that is none is BAD_INPUT', async () => {
    const { subscribe } = await startServerWithCluster()
    const events = await subscribe({ after: 'yesterday' })
    expect((await events.next()).errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', path: 'after' })
  })

  test('only the kinds asked for come', async () => {
    const { eventLog, fleet, cluster, subscribe } = await startServerWithCluster()
    const operation = anOperation(1)
    fleet.operations.set(operation.id, operation)
    const events = await subscribe({ kinds: ['OPERATION'] })
    await events.nextEvent()
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    eventLog.append('OPERATION_CHANGED', operation.id)
    expect((await events.nextEvent()).__typename).toBe('OperationChanged')
  })

  test('heartbeats tell how far everything has been delivered', async () => {
    const { eventLog, cluster, subscribe } = await startServerWithCluster({ heartbeatMs: 20 })
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    const events = await subscribe({ kinds: ['VOLUME'] })
    await events.nextEvent()
    expect(await events.nextEvent()).toMatchObject({ __typename: 'Heartbeat', cursor: '1.1' })
  })

  test('events that arrive together are read together', async () => {
    const { eventLog, fleet, cluster, subscribe } = await startServerWithCluster()
    for (let number = 1; number <= 50; number++) fleet.volumes.set(testId('Volume', number), aVolume(number))
    const events = await subscribe()
    await events.nextEvent()
    fleet.asked.length = 0
    for (let number = 1; number <= 50; number++) eventLog.append('VOLUME_CHANGED', testId('Volume', number))
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    let last = await events.nextEvent()
    while (last.__typename !== 'ClusterChanged') last = await events.nextEvent()
    const reads = fleet.asked.filter(({ method }) => method === 'volumesByIds')
    expect(reads.length).toBeLessThanOrEqual(3)
  })

  test('the log failing once costs a moment, not an event', async () => {
    const { eventLog, cluster, subscribe } = await startServerWithCluster()
    const events = await subscribe()
    await events.nextEvent()
    eventLog.failNext(new Error('connection lost'))
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    expect((await events.nextEvent()).cursor).toBe('1.1')
  })

  test('a token that is revoked ends the stream', async () => {
    const { revoked, subscribe } = await startServerWithCluster({ recheckMs: 10 })
    const events = await subscribe()
    await events.nextEvent()
    revoked.add(TOKENS.VIEWER)
    await expect(events.next()).rejects.toThrow()
  })
})

describe('slow subscribers', () => {
  test('one that has left costs nothing more', async () => {
    const { server, eventLog, cluster, fleet, logLines, subscribe } = await startServerWithCluster()
    const overHttp = await subscribe()
    await overHttp.nextEvent()
    const client = connectByWebSocket(server.url, TOKENS.VIEWER)
    const overWebSocket = client.iterate({ query: EVENTS })
    await overWebSocket.next()
    overHttp.close()
    await overWebSocket.return?.()
    await client.dispose()
    await expect.poll(() => logLines.filter(({ msg }) => msg === 'request')).toHaveLength(2)

    const watcher = await subscribe({}, 'subscription { fleetEvents { __typename } }')
    await watcher.nextEvent()
    fleet.asked.length = 0
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    await watcher.nextEvent()
    expect(fleet.asked.map(({ method }) => method)).toEqual(['clustersByIds'])
  })

  test('U1: one that stalls is cut off and harms nobody', async () => {
    const { server, eventLog, cluster, fleet, logLines, subscribe } = await startServerWithCluster({
      subscriberQueueLimit: 50,
      stalledMs: 100,
    })
    // Large enough that the buffers of the system do not hold a few hundred events.
    fleet.clusters.set(cluster.id, { ...cluster, healthMessage: 'x'.repeat(100_000) })
    const stalled = openStalledStream(server.url)
    const events = await subscribe({}, 'subscription { fleetEvents { ... on ClusterChanged { cursor } } }')
    await events.nextEvent()
    await stalled
    for (let count = 1; count <= 500; count++) {
      eventLog.append('CLUSTER_CHANGED', cluster.id)
      expect((await events.nextEvent()).cursor).toBe(`1.${count}`)
    }
    await expect.poll(() => logLines.filter(({ msg }) => msg === 'request')).toHaveLength(1)
  }, 30_000)

  test('U1: one whose queue runs over gets ResyncRequired as the last thing', async () => {
    const { eventLog, cluster, subscribe } = await startServerWithCluster({ subscriberQueueLimit: 10 })
    const events = await subscribe()
    await events.nextEvent()
    for (let count = 0; count < 100; count++) eventLog.append('CLUSTER_CHANGED', cluster.id)
    let last = await events.nextEvent()
    while (last.__typename === 'ClusterChanged') last = await events.nextEvent()
    expect(last).toEqual({
      __typename: 'ResyncRequired',
      reason: 'more than 10 events were waiting to be taken',
    })
    expect(await events.next()).toBeUndefined()
  })
})

describe('WebSockets', () => {
  test('queries, errors and subscriptions work as over HTTP', async () => {
    const { server, eventLog, cluster } = await startServerWithCluster()
    const client = connectByWebSocket(server.url, TOKENS.VIEWER)
    onTestFinished(() => client.dispose())

    const query = client.iterate({ query: '{ viewer { name } }' })
    expect((await query.next()).value).toEqual({ data: { viewer: { name: 'viewer' } } })
    const bad = client.iterate({ query: '{ cluster(id: "x") { id } }' })
    expect((await bad.next()).value.errors[0].extensions).toMatchObject({
      code: 'INVALID_ID',
      requestId: expect.any(String),
    })
    const invalid = client.iterate({ query: '{ nothing }' })
    await expect(invalid.next()).rejects.toMatchObject([{ extensions: { code: 'BAD_INPUT' } }])
    const large = client.iterate({ query: `{ viewer { ${'name '.repeat(5_000)} } }` })
    await expect(large.next()).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }])

    const events = client.iterate<{ fleetEvents: { __typename: string } }>({ query: EVENTS })
    expect((await events.next()).value.data.fleetEvents.__typename).toBe('FleetSnapshot')
    eventLog.append('CLUSTER_CHANGED', cluster.id)
    expect((await events.next()).value.data.fleetEvents.__typename).toBe('ClusterChanged')
  })

  test('what nobody expected is masked', async () => {
    const { server, fleet } = await startServerWithCluster()
    const client = connectByWebSocket(server.url, TOKENS.VIEWER)
    onTestFinished(() => client.dispose())
    fleet.failNext(new Error('secret of the inside'))
    const answer = await client.iterate({ query: '{ serviceCredential { keyId } }' }).next()
    expect(JSON.stringify(answer.value)).not.toContain('secret of the inside')
    expect(answer.value.errors[0].extensions.code).toBe('INTERNAL')
  })

  test.each([
    ['an unknown token', 'flo_unknown', {}, /4403|Forbidden/],
    ['a page from elsewhere', TOKENS.VIEWER, { origin: 'https://evil.example' }, /403/],
  ])('%s gets no connection', async (_case, token, headers, message) => {
    const { server } = await startServerWithCluster()
    const client = connectByWebSocket(server.url, token, headers)
    onTestFinished(() => client.dispose())
    const refusal = await client
      .iterate({ query: '{ viewer { name } }' })
      .next()
      .then(
        () => 'connected',
        (error: { code?: number; reason?: string; message?: string }) =>
          `${error.code} ${error.reason} ${error.message}`,
      )
    expect(refusal).toMatch(message)
  })

  test('while tokens cannot be checked the client is told to come again', async () => {
    const { server, setProblem } = await startServerWithCluster()
    setProblem('the database is away')
    const client = connectByWebSocket(server.url, TOKENS.VIEWER)
    onTestFinished(() => client.dispose())
    await expect(client.iterate({ query: EVENTS }).next()).rejects.toMatchObject({ code: 1013 })
  })

  test('a page of our own gets one', async () => {
    const { server } = await startServerWithCluster()
    const client = connectByWebSocket(server.url, TOKENS.VIEWER, { origin: server.url })
    onTestFinished(() => client.dispose())
    expect((await client.iterate({ query: '{ viewer { name } }' }).next()).value.data.viewer.name).toBe(
      'viewer',
    )
  })

  test('a token that is revoked ends the connection', async () => {
    const { server, revoked } = await startServerWithCluster({ recheckMs: 10 })
    const client = connectByWebSocket(server.url, TOKENS.VIEWER)
    onTestFinished(() => client.dispose())
    const events = client.iterate({ query: EVENTS })
    await events.next()
    revoked.add(TOKENS.VIEWER)
    await expect(events.next()).rejects.toMatchObject({ code: 4403 })
  })
})

test('stopping ends subscriptions politely and lets nothing new in', async () => {
  const { server, subscribe } = await startServerWithCluster()
  const events = await subscribe()
  await events.nextEvent()
  const client = connectByWebSocket(server.url, TOKENS.VIEWER)
  onTestFinished(() => client.dispose())
  const webSocketEvents = client.iterate({ query: EVENTS })
  await webSocketEvents.next()
  await server.close()
  expect(await events.next()).toBeUndefined()
  await expect(webSocketEvents.next()).rejects.toMatchObject({ code: 1001 })
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow()
})

/** Subscribes over a bare socket, and reads nothing more once the stream has begun. */
function openStalledStream(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const query = 'subscription { fleetEvents { ... on ClusterChanged { cluster { healthMessage } } } }'
  const body = JSON.stringify({ query })
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${TOKENS.VIEWER}\r\n` +
      `Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return new Promise<void>((resolve) =>
    socket.once('data', () => {
      socket.pause()
      resolve()
    }),
  )
}
