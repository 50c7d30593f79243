import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ApiClient } from '../testkit/api-client.ts'

export const FLEET_EVENTS = `subscription Watch($after: String, $kinds: [FleetEventKind!]) {
  fleetEvents(after: $after, kinds: $kinds) {
    __typename
    ... on FleetSnapshot { cursor clusters { name } fleet { clusterCount } }
    ... on ClusterChanged { cursor cluster { name capacity { provisionedBytes observedAt } } }
    ... on ClusterDetached { cursor clusterId }
    ... on VolumeChanged { cursor volume { id name state } }
    ... on OperationChanged { cursor operation { id state } }
    ... on AlertChanged { cursor alert { id kind clearedAt } }
    ... on FindingsChanged { cursor }
    ... on Heartbeat { cursor at }
    ... on ResyncRequired { reason }
  }
}`

export interface FleetMessage {
  readonly __typename: string
  readonly cursor: string
  readonly reason?: string
  readonly clusters?: readonly { readonly name: string }[]
  readonly cluster?: {
    readonly name: string
    readonly capacity: { readonly provisionedBytes: string; readonly observedAt: string } | null
  }
  readonly alert?: { readonly id: string; readonly kind: string; readonly clearedAt: string | null }
  readonly volume?: { readonly id: string; readonly name: string; readonly state: string }
  readonly operation?: { readonly id: string; readonly state: string }
}

export interface Received {
  readonly message: FleetMessage
  /** By this machine's clock, which is the database's too. */
  readonly atMs: number
}

export interface EventStream {
  /** What has come so far, oldest first; it grows. */
  readonly received: readonly Received[]
  /** Settles when the stream has ended, whoever ended it. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Follows the fleet as an operator does in a shell: by curl and server-sent events. */
export function followWithCurl(api: ApiClient, variables: object = {}): EventStream {
  const body = JSON.stringify({ query: FLEET_EVENTS, variables })
  const headers = [
    `Authorization: Bearer ${api.token}`,
    'Content-Type: application/json',
    'Accept: text/event-stream',
  ]
  const options = headers.flatMap((header) => ['--header', header])
  const curl = spawn('curl', ['--silent', '--no-buffer', ...options, '--data', body, `${api.url}/graphql`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const received: Received[] = []
  let text = ''
  curl.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block)?.[1]
      if (data) received.push({ message: JSON.parse(data).data.fleetEvents, atMs: Date.now() })
    }
  })
  const ended = once(curl, 'close').then(
    () => {},
    (error: unknown) => {
      throw new Error('this test needs curl on PATH', { cause: error })
    },
  )
  ended.catch(() => {})
  return {
    received,
    ended,
    async stop() {
      curl.kill()
      await ended
    },
  }
}
