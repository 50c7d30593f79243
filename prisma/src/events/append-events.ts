import type { FleetEventKind } from '@flotilla/core/events/fleet-event'
import type pg from 'pg'

/** Appends to the log within the transaction that makes the change; in the order given. */
export async function appendEvents(
  client: pg.ClientBase,
  kind: FleetEventKind,
  subjectIds: readonly string[],
): Promise<void> {
  if (subjectIds.length === 0) return
  await client.query(
    `INSERT INTO event (kind, subject_id)
     SELECT $1, id FROM unnest($2::text[]) WITH ORDINALITY AS subject(id, position) ORDER BY position`,
    [kind, subjectIds],
  )
}
