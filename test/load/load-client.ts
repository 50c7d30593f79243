import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient, GraphQLAnswer } from '../testkit/api-client.ts'
import type { AnsweredRequest, SeenObjects } from '../verify/history.ts'
import type { HistoryWriter } from './history-writer.ts'

export interface MutationAnswer {
  readonly __typename: string
  readonly message?: string
  readonly retryAfterMs?: number
  readonly volume?: { readonly id: string; readonly sizeBytes?: string }
  readonly snapshot?: { readonly id: string }
  readonly host?: { readonly id: string }
  readonly operation?: { readonly id: string } | null
  readonly snapshotSchedule?: { readonly id: string }
  readonly results?: readonly {
    readonly volume: { readonly id: string; readonly sizeBytes: string } | null
  }[]
}

/** A mutation as it was sent, so that it can be sent again. */
export interface SentMutation {
  readonly field: string
  readonly input: Readonly<Record<string, unknown>>
  /** What is asked of its payload. */
  readonly selection: string
}

export interface ClientSettings {
  /** Of the servers; a client goes to the next when one does not answer. */
  readonly apis: readonly ApiClient[]
  /** For so long a request that was not answered is sent again under its key; 0 for never. */
  readonly insistMs: number
  readonly history: HistoryWriter
}

const PAUSE_MS = 200

/** One caller, who sends a request when the last was answered, and keeps what was answered. */
export class LoadClient {
  readonly name: string
  readonly #settings: ClientSettings
  #server: number

  constructor(number: number, settings: ClientSettings) {
    this.name = `client-${number}`
    this.#settings = settings
    this.#server = number
  }

  /** @throws Error when there was no answer, or one that is no member of the result */
  async mutate({ field, input, selection }: SentMutation): Promise<MutationAnswer> {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
    const query = `mutation ($input: ${type}Input!) { answer: ${field}(input: $input) { __typename
      ... on Error { message } ... on ${payloadOf(type)} { ${selection} } } }`
    const deadline = performance.now() + this.#settings.insistMs
    for (;;) {
      const answered = await this.#send<{ answer: MutationAnswer }>(query, { input }).catch(
        (error: Error) => error,
      )
      const answer = answered instanceof Error ? null : answered.answer
      this.#keep(field, input, answer)
      if (answer && (answer.__typename !== 'OverloadedError' || performance.now() > deadline)) return answer
      if (answered instanceof Error && (!isWorthRepeating(answered) || performance.now() > deadline)) {
        throw answered
      }
      await sleep(PAUSE_MS * (0.5 + Math.random()))
    }
  }

  /** @throws as `mutate` */
  async read<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const deadline = performance.now() + this.#settings.insistMs
    for (;;) {
      try {
        return await this.#send<Data>(query, variables)
      } catch (error) {
        if (!isWorthRepeating(error as Error) || performance.now() > deadline) throw error
        await sleep(PAUSE_MS * (0.5 + Math.random()))
      }
    }
  }

  /** Keeps what it was shown. */
  see(seen: Partial<Pick<SeenObjects, 'volumes' | 'clusters'>>): void {
    const { volumes = [], clusters = [] } = seen
    this.#settings.history.add({ type: 'seen', atMs: Date.now(), client: this.name, volumes, clusters })
  }

  async #send<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
    const { apis } = this.#settings
    const api = apis[this.#server % apis.length]
    if (!api) throw new Error('a client needs a server')
    let answer: GraphQLAnswer<Data>
    try {
      answer = await api.send<Data>(query, variables)
    } catch (error) {
      this.#server++
      throw error
    }
    if (answer.errors || !answer.data) throw new TopLevelError(answer.errors ?? [])
    return answer.data
  }

  #keep(field: string, input: Readonly<Record<string, unknown>>, answer: MutationAnswer | null): void {
    const line: AnsweredRequest = {
      type: 'answer',
      atMs: Date.now(),
      field,
      idempotencyKey: (input.idempotencyKey as string | undefined) ?? null,
      input,
      typename: answer?.__typename ?? null,
      volumeId: answer?.volume?.id ?? null,
      snapshotId: answer?.snapshot?.id ?? null,
      operationId: answer?.operation?.id ?? null,
    }
    this.#settings.history.add(line)
  }
}

/** Of what is asked of many volumes that are there the answers are of one type. */
function payloadOf(type: string): string {
  return type.startsWith('Bulk') && type !== 'BulkCreateVolumes' ? 'BulkPayload' : `${type}Payload`
}

class TopLevelError extends Error {
  readonly isRetryable: boolean

  constructor(errors: NonNullable<GraphQLAnswer<unknown>['errors']>) {
    super(errors.map(({ message }) => message).join('; ') || 'an answer without data')
    this.isRetryable = errors.every(({ extensions }) => extensions?.retryable === true)
  }
}

function isWorthRepeating(error: Error): boolean {
  return !(error instanceof TopLevelError) || error.isRetryable
}
