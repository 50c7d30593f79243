export const EVENT_KINDS = [
  'CLUSTER_CHANGED',
  'CLUSTER_DETACHED',
  'VOLUME_CHANGED',
  'SNAPSHOT_CHANGED',
  'SCHEDULE_CHANGED',
  'OPERATION_CHANGED',
  'ALERT_CHANGED',
  'FINDINGS_CHANGED',
] as const
export type FleetEventKind = (typeof EVENT_KINDS)[number]

/** One entry of the append-only log. It names what changed; whoever delivers it reads the present state. */
export interface FleetEvent {
  readonly cursor: EventCursor
  readonly kind: FleetEventKind
  /** Id of the cluster, volume, snapshot, schedule, operation or alert; for FINDINGS_CHANGED of the cluster that they are about. */
  readonly subjectId: string
  readonly at: Date
}

/**
 * Position in the log: number of the writing transaction, then number of the event. Ordered by both, and read only up
 * to the oldest transaction that still runs, it never skips an event that commits late (design.md section 8).
 */
export type EventCursor = `${bigint}.${bigint}`

/** Both numbers are signed 64-bit in the database. */
const MAX_NUMBER = (1n << 63n) - 1n

export function parseCursor(text: string): { transaction: bigint; sequence: bigint } | null {
  const match = /^(\d{1,19})\.(\d{1,19})$/.exec(text)
  if (!match?.[1] || !match[2]) return null
  const position = { transaction: BigInt(match[1]), sequence: BigInt(match[2]) }
  return position.transaction <= MAX_NUMBER && position.sequence <= MAX_NUMBER ? position : null
}

export function formatCursor(transaction: bigint, sequence: bigint): EventCursor {
  return `${transaction}.${sequence}`
}
