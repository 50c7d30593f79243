import { type FleetEventKind, formatCursor, parseCursor } from '@flotilla/core/events/fleet-event'
import type { EventLog } from '@flotilla/core/ports/event-log'
import type pg from 'pg'
import type { EventBus } from './event-bus.ts'

/** Readers look at least this often, so that a lost wake-up never shows. */
const LOOK_EVERY_MS = 500

interface EventRow {
  transaction: string
  sequence: bigint
  kind: FleetEventKind
  subject_id: string
  at: Date
}

/**
 * Reads only entries of transactions below the oldest one that still runs (`pg_snapshot_xmin`): a number drawn early but
 * committed late can then never appear behind a cursor (design.md section 8).
 */
export function createEventLog(pool: pg.Pool, bus: EventBus): EventLog {
  return {
    async head() {
      const { rows } = await pool.query<{ transaction: string; sequence: bigint }>(
        `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS transaction,
                9223372036854775807 AS sequence`,
      )
      const [row] = rows
      if (!row) throw new Error('PostgreSQL told no snapshot')
      return formatCursor(BigInt(row.transaction), row.sequence)
    },

    async readAfter(cursor, limit) {
      const position = parseCursor(cursor)
      if (!position) return null
      const { rows } = await pool.query<EventRow & { readable: boolean; reaches_back: boolean }>(
        `WITH snapshot AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin),
              reach AS (SELECT (transaction, sequence) <= ($1::text::xid8, $2::bigint)
                               AND $1::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot()) AS reaches_back
                        FROM event_floor)
         SELECT reach.reaches_back, entry.*
         FROM reach LEFT JOIN LATERAL (
           SELECT event.transaction::text, sequence, kind, subject_id, at, event.transaction < snapshot.xmin AS readable
           FROM event, snapshot
           WHERE (event.transaction, sequence) > ($1::text::xid8, $2::bigint)
           ORDER BY event.transaction, sequence LIMIT $3) AS entry ON true
         ORDER BY entry.transaction::bigint, entry.sequence`,
        [position.transaction.toString(), position.sequence.toString(), limit],
      )
      if (!rows[0]?.reaches_back) return null
      const present = rows.filter((row) => row.sequence !== null)
      const readable = present.filter((row) => row.readable)
      return { events: readable.map(toEvent), pending: readable.length < present.length }
    },

    async subscribe(wake) {
      const timer = setInterval(wake, LOOK_EVERY_MS)
      const subscription = await bus.subscribe(wake)
      return {
        async close() {
          clearInterval(timer)
          await subscription.close()
        },
      }
    },
  }
}

function toEvent(row: EventRow) {
  return {
    cursor: formatCursor(BigInt(row.transaction), row.sequence),
    kind: row.kind,
    subjectId: row.subject_id,
    at: row.at,
  }
}
