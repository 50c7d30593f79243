import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, waitForRest } from '../testkit/volumes.ts'

const TIB = 1n << 40n
const VOLUMES = 150

const EVENTS = `subscription ($after: String) {
  fleetEvents(after: $after) {
    __typename
    ... on FleetSnapshot { cursor }
    ... on ClusterChanged { cursor }
    ... on VolumeChanged { cursor volume { id state } }
    ... on OperationChanged { cursor operation { id state } }
    ... on Heartbeat { cursor }
    ... on ResyncRequired { reason }
  }
}`

interface Message {
  readonly __typename: string
  readonly cursor: string
  readonly volume?: { readonly id: string; readonly state: string }
}

let stack: Stack

beforeAll(async () => {
  const capacity = { kind: 'range', minBytes: 500n * TIB, maxBytes: 900n * TIB } as const
  stack = await startStack({ fleet: { clusters: 3, capacity, delays: { createMs: 50 }, seed: 3 } })
})

afterAll(() => stack?.close())

it('a subscriber that is cut off again and again, and whose server is killed, misses and repeats nothing', async () => {
  const watcher = watch()
  await Promise.all(
    Array.from({ length: VOLUMES }, (_, index) =>
      createVolume(stack.api, {
        idempotencyKey: `events-${index}`,
        name: `events-${index}`,
        sizeBytes: '10GiB',
        replicas: 2,
      }),
    ),
  )
  await stack.server.stop('SIGKILL')
  await stack.server.start()
  await waitForRest(stack)
  const last = await lastLoggedCursor()
  const messages = await watcher.takeUntil(last)

  const [first, ...received] = messages.filter(({ __typename }) => __typename !== 'Heartbeat')
  const changes = received.slice(0, received.findIndex(({ cursor }) => cursor === last) + 1)
  expect(first?.__typename).toBe('FleetSnapshot')
  expect(changes.map(({ cursor }) => cursor)).toEqual(await loggedCursors(first?.cursor ?? '', last))
  const states = new Map(changes.flatMap(({ volume }) => (volume ? [[volume.id, volume.state]] : [])))
  expect([...states.values()]).toEqual(Array.from({ length: VOLUMES }, () => 'AVAILABLE'))
})

/** Follows the fleet, cutting the connection after every 40 messages and going on behind the last one. */
function watch() {
  const messages: Message[] = []
  let target: string | null = null
  const following = follow()
  return {
    async takeUntil(cursor: string): Promise<Message[]> {
      target = cursor
      await following
      return messages
    },
  }

  async function follow(): Promise<void> {
    while (!hasArrived()) {
      const stop = new AbortController()
      try {
        for await (const message of subscribe(messages.at(-1)?.cursor ?? null, stop.signal)) {
          messages.push(message)
          if (messages.length % 40 === 0 || hasArrived()) break
        }
      } catch {
        // The server is away; it comes back.
      }
      stop.abort()
    }
  }

  function hasArrived(): boolean {
    return target !== null && messages.some(({ cursor }) => cursor === target)
  }
}

async function* subscribe(after: string | null, signal: AbortSignal): AsyncGenerator<Message> {
  const response = await fetch(`${stack.api.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack.api.token}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: EVENTS, variables: { after } }),
    signal,
  })
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data) yield JSON.parse(data).data.fleetEvents
    }
  }
}

async function lastLoggedCursor(): Promise<string> {
  const { rows } = await stack.sql.query(
    `SELECT transaction::text || '.' || sequence AS cursor FROM event
     WHERE kind IN ('VOLUME_CHANGED', 'OPERATION_CHANGED') ORDER BY transaction DESC, sequence DESC LIMIT 1`,
  )
  return rows[0].cursor
}

/** What the log itself has, in its order. */
async function loggedCursors(after: string, last: string): Promise<string[]> {
  const { rows } = await stack.sql.query(
    `SELECT transaction::text || '.' || sequence AS cursor FROM event
     WHERE (transaction, sequence) > ($1::text::xid8, $2::bigint) AND (transaction, sequence) <= ($3::text::xid8, $4::bigint)
     ORDER BY transaction, sequence`,
    [...after.split('.'), ...last.split('.')],
  )
  return rows.map(({ cursor }) => cursor)
}
