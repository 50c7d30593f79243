import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { type EventStream, followWithCurl } from '../integration/event-stream.ts'
import { clusterNamed } from '../testkit/data-life.ts'
import type { Stack } from '../testkit/stack.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer, type NewVolume } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import type { HistoryLine } from '../verify/history.ts'

export type Created = CreateVolumeAnswer['createVolume']

/** One run on a stack of its own, and what its clients keep of it for the checker. */
export class Scene {
  readonly stack: Stack
  readonly #history: HistoryLine[] = []
  /** In order; one that was cut off and went on is there twice. */
  readonly #streams: { readonly name: string; readonly stream: EventStream }[] = []

  constructor(stack: Stack) {
    this.stack = stack
  }

  /** Asks for a volume under its name as the key, again while servers do not answer, and keeps the answer. */
  async create(volume: Omit<NewVolume, 'idempotencyKey'> & Record<string, unknown>): Promise<Created> {
    const input = { idempotencyKey: volume.name, ...volume }
    const { createVolume } = await this.stack.api.insist<CreateVolumeAnswer>(CREATE_VOLUME, { input })
    this.#keepAnswer('createVolume', input, createVolume)
    return createVolume
  }

  /** Any other mutation of a volume, under a key. */
  async change(field: string, input: Record<string, unknown>): Promise<void> {
    const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
    const query = `mutation ($input: ${name}Input!) { answer: ${field}(input: $input) {
      __typename ... on Error { message } ... on ${name}Payload { volume { id } operation { id } } } }`
    const keyed = { idempotencyKey: `${field}-${this.#history.length}`, ...input }
    const { answer } = await this.stack.api.insist<{ answer: Answered }>(query, { input: keyed })
    this.#keepAnswer(field, keyed, answer)
  }

  #keepAnswer(field: string, input: { readonly idempotencyKey: string }, answer: Answered): void {
    this.#history.push({
      type: 'answer',
      atMs: Date.now(),
      field,
      idempotencyKey: input.idempotencyKey,
      input,
      typename: answer.__typename,
      volumeId: answer.volume?.id ?? null,
      snapshotId: null,
      operationId: answer.operation?.id ?? null,
    })
  }

  /** Looks at the fleet, and keeps what is shown. */
  async look(): Promise<void> {
    const { volumes, clusters } = await this.stack.api.insist<Shown>(SHOWN, {})
    this.#history.push({
      type: 'seen',
      atMs: Date.now(),
      client: 'watcher',
      volumes: volumes.nodes,
      clusters: clusters.nodes.map(({ id, name, capacity }) => ({
        id,
        name,
        observedAt: capacity?.observedAt ?? null,
        effectiveBytes: capacity?.effectiveBytes ?? null,
      })),
    })
  }

  /** Keeps a cluster from answering while the work goes on, and tells the checker. */
  async during(
    { cluster, answersPolls }: { readonly cluster: SimulatedCluster; readonly answersPolls: boolean },
    begin: () => unknown,
    end: () => unknown,
    work: () => Promise<void>,
  ): Promise<void> {
    const fromMs = Date.now()
    await begin()
    await work()
    const untilMs = Date.now()
    this.#history.push({ type: 'outage', cluster: cluster.name, fromMs, untilMs, answersPolls })
    await end()
  }

  /** Receives every event from now on, until the end. */
  async follow(): Promise<void> {
    const stream = followWithCurl(this.stack.api, {})
    this.#streams.push({ name: `stream-${this.#streams.length}`, stream })
    await waitUntil('the stream to begin', () => stream.received.length > 0)
  }

  /** Is cut off while the work is done, and goes on after the last change that it got. */
  async resumeAfter(work: () => Promise<unknown>): Promise<void> {
    const former = this.#streams.at(-1)
    const lastChange = () => former?.stream.received.findLast(({ message }) => KINDS[message.__typename])
    await waitUntil('a change to come', lastChange)
    await former?.stream.stop()
    const after = lastChange()?.message.cursor
    await work()
    this.#streams.push({ name: former?.name ?? '', stream: followWithCurl(this.stack.api, { after }) })
  }

  async state(id: string | undefined): Promise<string> {
    const query = 'query ($id: ID!) { volume(id: $id) { state } }'
    return (await this.stack.api.insist<{ volume: { state: string } }>(query, { id })).volume.state
  }

  /** The cluster of a new volume. */
  clusterOf({ volume }: Created): SimulatedCluster {
    return clusterNamed(this.stack, volume?.cluster.name)
  }

  /** Ends what it follows; everything that was kept. */
  async end(): Promise<readonly HistoryLine[]> {
    await Promise.all(this.#streams.map(({ stream }) => stream.stop()))
    const events = this.#streams.flatMap(({ name, stream }) =>
      stream.received.flatMap(({ message }) => {
        const kind = KINDS[message.__typename]
        const subject = message.volume ?? message.operation
        if (!kind || !subject) return []
        return [
          {
            type: 'event' as const,
            stream: name,
            cursor: message.cursor,
            kind,
            subjectId: subject.id,
            state: subject.state ?? null,
            revision: null,
          },
        ]
      }),
    )
    return [...this.#history, ...events]
  }
}

interface Answered {
  readonly __typename: string
  readonly volume?: { readonly id: string }
  readonly operation?: { readonly id: string }
}

interface Shown {
  readonly volumes: { readonly nodes: readonly { id: string; revision: number; state: string }[] }
  readonly clusters: {
    readonly nodes: readonly {
      readonly id: string
      readonly name: string
      readonly capacity: { readonly observedAt: string; readonly effectiveBytes: string } | null
    }[]
  }
}

const SHOWN = `{ volumes(first: 200) { nodes { id revision state } }
  clusters(first: 200) { nodes { id name connectionError capacity { observedAt effectiveBytes } } } }`

const KINDS: Readonly<Record<string, string>> = {
  VolumeChanged: 'VOLUME_CHANGED',
  OperationChanged: 'OPERATION_CHANGED',
}
