import type { FleetEventKind } from '@flotilla/core/events/fleet-event'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'

const APPEND = prepared(
  `INSERT INTO event (kind, subject_id)
   SELECT kind, id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS subject(kind, id, position) ORDER BY position`,
)

/** Appends to the log within the transaction that makes the change; in the order given. */
export async function appendEvents(
  client: pg.ClientBase,
  subjects: Readonly<Partial<Record<FleetEventKind, readonly string[]>>>,
): Promise<void> {
  const events = Object.entries(subjects).flatMap(([kind, ids]) => ids.map((id) => ({ kind, id })))
  if (events.length === 0) return
  await client.query(APPEND([events.map(({ kind }) => kind), events.map(({ id }) => id)]))
}
