import type { Stack } from '../testkit/stack.ts'

/** What a mutation was answered, whatever it is. */
export interface Answer {
  readonly __typename: string
  readonly message?: string
  readonly retryAfterMs?: number
  readonly volume?: AnsweredVolume
  readonly snapshot?: { readonly id: string; readonly sizeBytes: string }
  readonly operation?: { readonly id: string }
  readonly decision?: { readonly verdicts: readonly Verdict[] }
}

export interface AnsweredVolume {
  readonly id: string
  readonly sizeBytes: string
  readonly replicas: number
  readonly revision: number
  readonly cluster: { readonly name: string }
}

export interface Verdict {
  readonly clusterName: string
  readonly rejection: { readonly reason: string } | null
}

const VOLUME = 'volume { id sizeBytes replicas revision cluster { name } } operation { id }'
const SNAPSHOT = 'snapshot { id sizeBytes } operation { id }'
const PLACED = `... on NoFeasibleClusterError { decision { verdicts { clusterName rejection { reason } } } }
  ... on OverloadedError { retryAfterMs }`

/** What is asked back of each mutation; and whether it is placed. */
const FIELDS: Readonly<Record<string, { readonly selection: string; readonly isPlaced?: true }>> = {
  createVolume: { selection: VOLUME, isPlaced: true },
  resizeVolume: { selection: VOLUME, isPlaced: true },
  updateVolume: { selection: VOLUME, isPlaced: true },
  restoreVolume: { selection: VOLUME },
  deleteVolume: { selection: VOLUME },
  attachVolume: { selection: VOLUME },
  detachVolume: { selection: VOLUME },
  createSnapshot: { selection: SNAPSHOT },
  deleteSnapshot: { selection: SNAPSHOT },
  updateCluster: { selection: 'cluster { id }' },
  refreshCluster: { selection: 'operation { id }' },
}

const ANSWER_WITHIN_MS = 60_000

/** Asks until it is answered, as who has an idempotency key may, and again where it is told to. */
export async function mutate(
  { api }: Pick<Stack, 'api'>,
  field: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
  const { selection, isPlaced } = FIELDS[field] ?? { selection: '__typename' }
  const query = `mutation ($input: ${name}Input!) { answer: ${field}(input: $input) {
    __typename ... on Error { message } ${isPlaced ? PLACED : ''} ... on ${name}Payload { ${selection} } } }`
  for (;;) {
    const { answer } = await api.insist<{ answer: Answer }>(query, { input }, ANSWER_WITHIN_MS)
    if (answer.retryAfterMs === undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs))
  }
}
