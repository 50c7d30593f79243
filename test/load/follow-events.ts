import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../testkit/api-client.ts'
import type { HistoryWriter } from './history-writer.ts'

const SUBSCRIPTION = `subscription ($after: String) { fleetEvents(after: $after, kinds: [VOLUME, SNAPSHOT, OPERATION]) { __typename
  ... on FleetSnapshot { cursor } ... on Heartbeat { cursor } ... on ResyncRequired { reason }
  ... on VolumeChanged { cursor volume { id state revision } }
  ... on SnapshotChanged { cursor snapshot { id state revision } }
  ... on OperationChanged { cursor operation { id state } } } }`

const KINDS: Readonly<Record<string, string>> = {
  VolumeChanged: 'VOLUME_CHANGED',
  SnapshotChanged: 'SNAPSHOT_CHANGED',
  OperationChanged: 'OPERATION_CHANGED',
}
const PAUSE_MS = 200

interface Subject {
  readonly id: string
  readonly state: string
  readonly revision?: number
}

interface Message {
  readonly __typename: string
  readonly cursor?: string
  readonly volume?: Subject
  readonly snapshot?: Subject
  readonly operation?: Subject
}

export interface FollowedEvents {
  /** When something came last, by `performance.now()`. */
  readonly lastAtMs: number
  readonly count: number
  close(): Promise<void>
}

/** A subscriber that goes on from where it was cut off, on the next server, and keeps all that it got. */
export function followEvents(apis: readonly ApiClient[], history: HistoryWriter): FollowedEvents {
  const ending = new AbortController()
  const followed = { lastAtMs: performance.now(), count: 0 }
  let cursor: string | null = null

  const keep = (message: Message): void => {
    const { __typename, volume, snapshot, operation } = message
    if (__typename === 'ResyncRequired') cursor = null
    else cursor = message.cursor ?? cursor
    const subject = volume ?? snapshot ?? operation
    if (!subject && __typename !== 'ResyncRequired') return
    followed.lastAtMs = performance.now()
    followed.count++
    history.add({
      type: 'event',
      stream: 'subscriber',
      cursor,
      kind: KINDS[__typename] ?? 'RESYNC',
      subjectId: subject?.id ?? '',
      state: subject?.state ?? null,
      revision: subject?.revision ?? null,
    })
  }

  const follow = async (): Promise<void> => {
    for (let number = 0; !ending.signal.aborted; number++) {
      const api = apis[number % apis.length]
      if (!api) return
      await readStream(api, cursor, ending.signal, keep).catch(() => {})
      if (!ending.signal.aborted) await sleep(PAUSE_MS)
    }
  }

  const following = follow()
  return {
    get lastAtMs() {
      return followed.lastAtMs
    },
    get count() {
      return followed.count
    },
    async close() {
      ending.abort()
      await following
    },
  }
}

/** Until the stream ends, whoever ends it. */
async function readStream(
  api: ApiClient,
  after: string | null,
  signal: AbortSignal,
  keep: (message: Message) => void,
): Promise<void> {
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${api.token}`,
    },
    body: JSON.stringify({ query: SUBSCRIPTION, variables: { after } }),
    signal,
  })
  if (!response.ok || !response.body) throw new Error(`the subscription was answered with ${response.status}`)
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block)?.[1]
      const message = data && (JSON.parse(data) as { data?: { fleetEvents: Message } }).data?.fleetEvents
      if (message) keep(message)
    }
  }
}
