import type { Checked, Facts } from './facts.ts'
import type { ReceivedEvent } from './history.ts'
import type { EventRow, Records, WatchedTable } from './records.ts'

const KIND_OF: Readonly<Record<WatchedTable, string>> = {
  volume: 'VOLUME_CHANGED',
  snapshot: 'SNAPSHOT_CHANGED',
  operation: 'OPERATION_CHANGED',
}
/** A transaction may write the event some time before it writes the row that it is about. */
const WITHIN_MS = 5_000
/** Entries are kept for an hour; what is nearly as old may have been trimmed. */
const KEPT_MS = 3_300_000

/**
 * Rule 8: every change has its event, every event is about something that is there, and a subscriber that was cut off
 * and went on has got each once, in order, and by the last one what a query says.
 */
export function checkEvents({ records, history }: Facts): Checked {
  const received = history.filter((line) => line.type === 'event')
  return {
    count: records.events.length + (records.changes?.length ?? 0) + received.length,
    faults: [
      ...findAboutNothing(records),
      ...findSilent(records),
      ...findSilentChanges(records),
      ...checkStreams(records, received),
    ],
  }
}

function findAboutNothing({
  events,
  clusters,
  volumes,
  snapshots,
  operations,
  alertIds,
  scheduleIds,
}: Records): string[] {
  const ids = (rows: readonly { readonly id: string }[]) => new Set(rows.map(({ id }) => id))
  const clusterIds = ids(clusters)
  const known: Readonly<Record<string, ReadonlySet<string>>> = {
    CLUSTER_CHANGED: clusterIds,
    CLUSTER_DETACHED: clusterIds,
    FINDINGS_CHANGED: clusterIds,
    VOLUME_CHANGED: ids(volumes),
    SNAPSHOT_CHANGED: ids(snapshots),
    OPERATION_CHANGED: ids(operations),
    ALERT_CHANGED: new Set(alertIds),
    SCHEDULE_CHANGED: new Set(scheduleIds),
  }
  return events
    .filter(({ kind, subjectId }) => !known[kind]?.has(subjectId))
    .map(({ transaction, sequence, kind, subjectId }) => {
      return `event ${transaction}.${sequence} is ${kind} of ${subjectId}, which is not in the records`
    })
}

/** The last change of each row is told of, as far as the log reaches back. */
function findSilent({ now, events, volumes, snapshots, operations }: Records): string[] {
  const lastAt = new Map<string, number>()
  for (const { subjectId, at } of events)
    lastAt.set(subjectId, Math.max(lastAt.get(subjectId) ?? 0, at.getTime()))
  const changes = [
    ...volumes.map(({ id, updatedAt }) => ({ id, at: updatedAt })),
    ...snapshots.map(({ id, updatedAt }) => ({ id, at: updatedAt })),
    ...operations.map(({ id, finishedAt, createdAt }) => ({ id, at: finishedAt ?? createdAt })),
  ]
  return changes
    .filter(({ at }) => now.getTime() - at.getTime() < KEPT_MS)
    .filter(({ id, at }) => (lastAt.get(id) ?? 0) < at.getTime() - WITHIN_MS)
    .map(({ id, at }) => `${id} was changed at ${at.toISOString()} without an event`)
}

/** Exactly, where changes were watched: in the same transaction. */
function findSilentChanges({ changes, events, eventFloor }: Records): string[] {
  const told = new Set(
    events.map(({ transaction, kind, subjectId }) => `${transaction} ${kind} ${subjectId}`),
  )
  return (changes ?? [])
    .filter(({ transaction }) => transaction > eventFloor.transaction)
    .filter(({ stateAfter, stateBefore, revisionBefore, revisionAfter }) => {
      return stateBefore !== stateAfter || revisionBefore !== revisionAfter
    })
    .filter(({ transaction, subjectTable, subjectId }) => {
      return !told.has(`${transaction} ${KIND_OF[subjectTable]} ${subjectId}`)
    })
    .map(({ transaction, subjectId, stateBefore, stateAfter }) => {
      return `${subjectId} went from ${stateBefore} to ${stateAfter} in transaction ${transaction} without an event`
    })
}

function checkStreams(records: Records, received: readonly ReceivedEvent[]): string[] {
  const streams = Map.groupBy(received, ({ stream }) => stream)
  return [...streams].flatMap(([stream, events]) => checkStream(records, stream, events))
}

function checkStream(records: Records, stream: string, received: readonly ReceivedEvent[]): string[] {
  const lastReset = received.findLastIndex(({ cursor }) => cursor === null)
  const events = received.slice(lastReset + 1)
  const cursors = events.flatMap(({ cursor }) => (cursor === null ? [] : toPosition(cursor)))
  const faults: string[] = []
  for (const [index, cursor] of cursors.entries()) {
    const before = cursors[index - 1]
    if (before && !isBefore(before, cursor)) {
      faults.push(`${stream} got ${formatPosition(cursor)} after ${formatPosition(before)}`)
    }
  }
  return [
    ...faults,
    ...findMissed(records, stream, events, cursors),
    ...checkLastStates(records, stream, events),
  ]
}

type Position = Pick<EventRow, 'transaction' | 'sequence'>

/** Entries of the log between the first and the last that it got, of kinds that it got. */
function findMissed(
  { events }: Records,
  stream: string,
  received: readonly ReceivedEvent[],
  cursors: readonly Position[],
): string[] {
  const [first] = cursors
  const last = cursors.at(-1)
  if (!first || !last) return []
  const got = new Set(cursors.map(formatPosition))
  const kinds = new Set(received.map(({ kind }) => kind))
  return events
    .filter((event) => kinds.has(event.kind) && isBefore(first, event) && isBefore(event, last))
    .filter((event) => !got.has(formatPosition(event)))
    .map((event) => `${stream} never got ${formatPosition(event)}, ${event.kind} of ${event.subjectId}`)
}

/** Of what it was told about, by its last word and by the records. */
function checkLastStates(
  { volumes, snapshots, operations }: Records,
  stream: string,
  events: readonly ReceivedEvent[],
): string[] {
  const states = new Map<string, string>(
    [...volumes, ...snapshots, ...operations].map(({ id, state }) => [id, state]),
  )
  const last = new Map(events.map((event) => [event.subjectId, event]))
  return [...last.values()]
    .filter(
      ({ subjectId, state }) => state !== null && states.has(subjectId) && states.get(subjectId) !== state,
    )
    .map(({ subjectId, state }) => {
      return `${stream} was last told that ${subjectId} is ${state}, it is ${states.get(subjectId)}`
    })
}

function toPosition(cursor: string): Position {
  const [transaction = '0', sequence = '0'] = cursor.split('.')
  return { transaction: BigInt(transaction), sequence: BigInt(sequence) }
}

function formatPosition({ transaction, sequence }: Position): string {
  return `${transaction}.${sequence}`
}

function isBefore(a: Position, b: Position): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.sequence < b.sequence)
}
