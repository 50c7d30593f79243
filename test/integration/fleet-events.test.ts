import { connect, type Socket } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { type EventStream, FLEET_EVENTS, type FleetMessage, followWithCurl } from './event-stream.ts'
import { findChild } from './find-child.ts'

const GIB = 1n << 30n
const MIB = 1 << 20
const TRIES = 5

let stack: Stack
let serial = 0
const streams: EventStream[] = []

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 2, delays: { createMs: 50 }, seed: 23 } })
})

afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.stop()))
})
afterAll(() => stack?.close())

function follow(variables: object = {}): EventStream {
  const stream = followWithCurl(stack.api, variables)
  streams.push(stream)
  return stream
}

async function waitForMessage(stream: EventStream, what: string, accept: (message: FleetMessage) => boolean) {
  return waitUntil(what, () => stream.received.find(({ message }) => accept(message)))
}

/** What came, without the snapshot and the signs of life, which repeat the cursor of what came before. */
function changesIn(stream: EventStream): FleetMessage[] {
  return stream.received
    .map(({ message }) => message)
    .filter(({ __typename }) => !['FleetSnapshot', 'Heartbeat'].includes(__typename))
}

async function createVolumes(count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => {
      serial++
      const key = `watched-${serial}`
      return createVolume(stack.api, { idempotencyKey: key, name: key, sizeBytes: '1GiB' })
    }),
  )
}

/** Cursors of the log itself behind one and up to another, in its order. */
async function loggedCursors(after: string, last: string): Promise<string[]> {
  const { rows } = await stack.sql.query<{ cursor: string }>(
    `SELECT transaction::text || '.' || sequence AS cursor FROM event
     WHERE (transaction, sequence) > ($1::text::xid8, $2::bigint)
       AND (transaction, sequence) <= ($3::text::xid8, $4::bigint)
     ORDER BY transaction, sequence`,
    [...after.split('.'), ...last.split('.')],
  )
  return rows.map(({ cursor }) => cursor)
}

/** How long after the poll that saw it a change of a cluster's capacity was heard. */
async function toldAfterMs(stream: EventStream): Promise<number> {
  const [cluster] = stack.fleet.clusters
  const bytes = (cluster?.provisionedBytes() ?? 0n) + 7n * GIB
  cluster?.createForeignVolume({ name: `made-by-hand-${++serial}`, sizeBytes: 7n * GIB, replicaCount: 1 })
  const { message, atMs } = await waitForMessage(
    stream,
    'the change to be told',
    ({ cluster: changed }) =>
      changed?.name === cluster?.name && changed?.capacity?.provisionedBytes === String(bytes),
  )
  return atMs - Date.parse(message.cluster?.capacity?.observedAt ?? '')
}

/** Cursor of the last thing that was logged about a volume. */
async function lastVolumeCursor(): Promise<string> {
  const { rows } = await stack.sql.query<{ cursor: string }>(
    `SELECT transaction::text || '.' || sequence AS cursor FROM event WHERE kind = 'VOLUME_CHANGED'
     ORDER BY transaction DESC, sequence DESC LIMIT 1`,
  )
  return rows[0]?.cursor ?? ''
}

describe('curl alone', () => {
  it('gets a snapshot, then each change within a second of the poll that saw it', async () => {
    const stream = follow()
    await waitForMessage(stream, 'the snapshot', () => true)
    expect(stream.received[0]?.message).toEqual({
      __typename: 'FleetSnapshot',
      cursor: expect.stringMatching(/^\d+\.\d+$/),
      clusters: stack.fleet.clusters.map(({ name }) => ({ name })),
      fleet: { clusterCount: 2 },
    })

    // A busy machine may hold one up; what is told on a slow timer only would be late each time.
    const delaysMs: number[] = []
    while (delaysMs.length < TRIES && !delaysMs.some((each) => each < 1_000)) {
      delaysMs.push(await toldAfterMs(stream))
    }
    expect(Math.min(...delaysMs)).toBeLessThan(1_000)
  })

  it('goes on behind its cursor and gets each event once and in order, although the server was killed', async () => {
    const first = follow()
    await waitForMessage(first, 'the snapshot', () => true)
    const snapshotCursor = first.received[0]?.message.cursor ?? ''
    await createVolumes(40)
    await waitForMessage(first, 'the first events', ({ volume }) => volume !== undefined)
    await stack.server.stop('SIGKILL')
    await first.ended
    await stack.server.start()

    const second = follow({ after: first.received.at(-1)?.message.cursor })
    await createVolumes(40)
    await waitForRest(stack)
    const last = await lastVolumeCursor()
    await waitForMessage(second, 'the last event', ({ cursor }) => cursor === last)

    const heard = [...changesIn(first), ...changesIn(second)].map(({ cursor }) => cursor)
    expect(heard.slice(0, heard.indexOf(last) + 1)).toEqual(await loggedCursors(snapshotCursor, last))
  })

  it('gets only the kinds that it asks for', async () => {
    const stream = follow({ kinds: ['VOLUME'] })
    await waitForMessage(stream, 'the snapshot', () => true)
    await createVolumes(3)
    await waitForRest(stack)
    const last = await lastVolumeCursor()
    await waitForMessage(stream, 'the last event', ({ cursor }) => cursor === last)
    const kinds = new Set(changesIn(stream).map(({ __typename }) => __typename))
    expect(kinds).toEqual(new Set(['VolumeChanged']))
  })
})

describe('a subscriber that never reads', () => {
  it('U1: harms nobody and is cut off', async () => {
    await makeEventsLarge()
    const watcher = follow()
    await waitForMessage(watcher, 'the snapshot', () => true)
    const after = watcher.received[0]?.message.cursor ?? ''
    const memoryBefore = await serverMemory()
    const stalled = openStalledStream()

    for (let wave = 0; wave < 10; wave++) {
      await createVolumes(40)
      await waitForRest(stack)
    }
    const last = await lastVolumeCursor()
    await waitForMessage(watcher, 'the last event', ({ cursor }) => cursor === last)

    const logged = await loggedCursors(after, last)
    expect(logged.length).toBeGreaterThanOrEqual(2_000)
    const heard = changesIn(watcher).map(({ cursor }) => cursor)
    expect(heard.slice(0, heard.indexOf(last) + 1)).toEqual(logged)
    expect(await medianDelayMs(watcher)).toBeLessThan(1_000)
    expect((await serverMemory()) - memoryBefore).toBeLessThan(160 * MIB)

    // Who reads nothing does not see the end either, but cannot write any more: a blank line between requests.
    await waitUntil(
      'the server to cut it off',
      () => {
        stalled.write('\r\n')
        return stalled.destroyed
      },
      60_000,
    )
    expect(await stack.api.ask('{ fleet { clusterCount } }')).toEqual({ fleet: { clusterCount: 2 } })
  })
})

/** Long labels, of which the stalled subscriber asks for many copies: no buffer of the system holds 2,000 of those. */
async function makeEventsLarge(): Promise<void> {
  const labels = Array.from({ length: 16 }, (_, index) => ({
    key: `${index}`.padEnd(253, 'k'),
    value: 'v'.repeat(253),
  }))
  const { clusters } = await stack.api.ask<{ clusters: { nodes: { id: string }[] } }>(
    '{ clusters { nodes { id } } }',
  )
  for (const { id } of clusters.nodes) {
    const answer = await stack.api.ask(
      'mutation Label($input: UpdateClusterInput!) { updateCluster(input: $input) { __typename } }',
      { input: { id, labels } },
    )
    expect(answer).toEqual({ updateCluster: { __typename: 'UpdateClusterPayload' } })
  }
}

/** Subscribes over a bare socket and takes nothing of what comes. */
function openStalledStream(): Socket {
  const { hostname, port, host } = new URL(stack.api.url)
  const copies = Array.from({ length: 25 }, (_, index) => `copy${index}: labels { key value }`)
  const query = `subscription { fleetEvents { ... on VolumeChanged { volume { cluster { ${copies.join(' ')} } } } } }`
  const body = JSON.stringify({ query })
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.pause()
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${stack.api.token}\r\n` +
      `Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  return socket
}

async function serverMemory(): Promise<number> {
  const { residentBytes } = await findChild('server/src/main.ts')
  return residentBytes
}

/** From the moment that the log has to the moment of arrival. */
async function medianDelayMs(stream: EventStream): Promise<number> {
  const { rows } = await stack.sql.query<{ cursor: string; at: Date }>(
    `SELECT transaction::text || '.' || sequence AS cursor, at FROM event`,
  )
  const loggedAt = new Map(rows.map(({ cursor, at }) => [cursor, at.getTime()]))
  const delays = stream.received
    .flatMap(({ message, atMs }) => {
      const at = loggedAt.get(message.cursor)
      return at === undefined ? [] : [atMs - at]
    })
    .sort((a, b) => a - b)
  return delays[Math.floor(delays.length / 2)] ?? Number.POSITIVE_INFINITY
}

describe('graphql-ws', () => {
  it('gets a snapshot and then changes', async () => {
    const client = connectByWebSocket(stack.api.token)
    const events = client.iterate<{ fleetEvents: FleetMessage }>({ query: FLEET_EVENTS })
    expect((await events.next()).value.data.fleetEvents).toMatchObject({
      __typename: 'FleetSnapshot',
      fleet: { clusterCount: 2 },
    })
    await createVolumes(1)
    const name = `watched-${serial}`
    for await (const { data } of events) {
      if (data?.fleetEvents.volume?.name === name && data.fleetEvents.volume.state === 'AVAILABLE') break
    }
    await client.dispose()
  })

  it.each([
    { row: 'without a token', token: () => null, origin: undefined, refusal: /^4403 / },
    { row: 'with an unknown token', token: () => 'flo_unknown', origin: undefined, refusal: /^4403 / },
    {
      row: 'from a page of somebody else',
      token: () => stack.api.token,
      origin: 'https://elsewhere.example',
      refusal: /response: 403/,
    },
  ])('$row nobody gets in', async ({ token, origin, refusal }) => {
    const client = connectByWebSocket(token(), origin)
    const outcome = await client
      .iterate({ query: FLEET_EVENTS })
      .next()
      .then(
        ({ value }) => `let in: ${JSON.stringify(value)}`,
        (error: { code?: number; message?: string }) => `${error.code} ${error.message}`,
      )
    expect(outcome).toMatch(refusal)
    await client.dispose()
  })
})

function connectByWebSocket(token: string | null, origin?: string) {
  return createClient({
    url: `${stack.api.url.replace('http', 'ws')}/graphql`,
    connectionParams: token === null ? {} : { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, origin === undefined ? {} : { origin })
      }
    },
  })
}

describe('without a good token', () => {
  it.each([
    { row: 'none, a query', authorization: undefined, query: '{ fleet { clusterCount } }' },
    { row: 'none, a subscription', authorization: undefined, query: FLEET_EVENTS },
    { row: 'none, introspection', authorization: undefined, query: '{ __schema { types { name } } }' },
    { row: 'an unknown one', authorization: 'Bearer flo_unknown', query: '{ fleet { clusterCount } }' },
    { row: 'one of another scheme', authorization: 'Basic YWRtaW46YWRtaW4=', query: FLEET_EVENTS },
  ])('$row: 401 and nothing else', async ({ authorization, query }) => {
    const response = await fetch(`${stack.api.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream, application/json',
        ...(authorization && { authorization }),
      },
      body: JSON.stringify({ query }),
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', retryable: false }),
        },
      ],
    })
  })
})
