import type { KnownObjects } from './known-objects.ts'
import type { LoadClient, MutationAnswer, SentMutation } from './load-client.ts'

export interface LoadContext {
  readonly client: LoadClient
  readonly known: KnownObjects
  /** Of this request alone, so that the same seed draws the same whatever is answered before. */
  readonly random: () => number
  /** Unique to this request. */
  readonly key: string
  readonly medianGib: number
  readonly sigma: number
  /** Names of QoS policies that clusters may or may not have. */
  readonly qosPolicies: readonly string[]
  /** Of the simulator, to change clusters behind everybody's back; absent for real ones. */
  readonly controlUrl?: string | undefined
}

/** One thing that owners or operators ask for. */
export interface LoadKind {
  readonly name: string
  /** Its part of all requests, in proportion to the others', unless the mix says otherwise. */
  readonly share: number
  /** Asks, and answers what came of it: the name of the answer's type, or null where nothing is there to ask it of. */
  ask(context: LoadContext): Promise<string | null>
}

/** Asks under the key of the request, and remembers it for repetitions. */
export async function askOnce(
  { client, known, key }: LoadContext,
  field: string,
  input: Readonly<Record<string, unknown>>,
  selection = 'volume { id } operation { id }',
): Promise<MutationAnswer> {
  const mutation: SentMutation = { field, input: { idempotencyKey: key, ...input }, selection }
  const answer = await client.mutate(mutation)
  if (answer.operation) known.noteSent(mutation)
  return answer
}

export function oneOf<T>(random: () => number, ...values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}
