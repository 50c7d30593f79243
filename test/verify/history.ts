/** One line of what clients keep of a run: a JSON object with one of these shapes. */
export type HistoryLine = AnsweredRequest | SeenObjects | ReceivedEvent | Outage

/** A request, and what was answered to it, if anything. */
export interface AnsweredRequest {
  readonly type: 'answer'
  readonly atMs: number
  /** Field of the mutation. */
  readonly field: string
  readonly idempotencyKey: string | null
  readonly input: unknown
  /** Name of the answer's type; null when none came, so that nobody knows what became of it. */
  readonly typename: string | null
  readonly volumeId: string | null
  readonly snapshotId: string | null
  readonly operationId: string | null
}

/** What one client was shown, in the order it was shown. */
export interface SeenObjects {
  readonly type: 'seen'
  readonly atMs: number
  readonly client: string
  readonly volumes: readonly { readonly id: string; readonly revision: number; readonly state: string }[]
  readonly clusters: readonly SeenCluster[]
}

export interface SeenCluster {
  readonly id: string
  readonly observedAt: string | null
  /** Where the client looked at it too. */
  readonly name?: string
  readonly effectiveBytes?: string | null
}

/** A time in which a cluster did not answer, as who brought it about knows. */
export interface Outage {
  readonly type: 'outage'
  readonly cluster: string
  readonly fromMs: number
  readonly untilMs: number
  /** Whether it went on telling figures, and only work on volumes hung; no unless given. */
  readonly answersPolls?: boolean
}

/** One entry of a subscription that goes on from where it was cut off. */
export interface ReceivedEvent {
  readonly type: 'event'
  readonly stream: string
  /** Null with RESYNC: from then on it begins anew. */
  readonly cursor: string | null
  readonly kind: string
  readonly subjectId: string
  /** Of the subject when it was delivered. */
  readonly state: string | null
  readonly revision: number | null
}
