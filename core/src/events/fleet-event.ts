export const EVENT_KINDS = [
  'CLUSTER_CHANGED',
  'CLUSTER_DETACHED',
  'VOLUME_CHANGED',
  'OPERATION_CHANGED',
] as const
export type FleetEventKind = (typeof EVENT_KINDS)[number]

/** One entry of the append-only log. It names what changed; whoever delivers it reads the present state. */
export interface FleetEvent {
  readonly cursor: EventCursor
  readonly kind: FleetEventKind
  /** Id of the cluster, volume or operation. */
  readonly subjectId: string
  readonly at: Date
}

/**
 * Position in the log: number of the writing transaction, then number of the event. Ordered by both, and read only up
 * to the oldest transaction that still runs, it never skips an event that commits late (design.md section 8).
 */
export type EventCursor = `${bigint}.${bigint}`

export function parseCursor(text: string): { transaction: bigint; sequence: bigint } | null {
  const match = /^(\d{1,19})\.(\d{1,19})$/.exec(text)
  return match?.[1] && match[2] ? { transaction: BigInt(match[1]), sequence: BigInt(match[2]) } : null
}

export function formatCursor(transaction: bigint, sequence: bigint): EventCursor {
  return `${transaction}.${sequence}`
}
