import type { ItemOutcome } from '@flotilla/core/commands/carry-out-item'
import type { OperationId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

type Refused = Extract<ItemOutcome, { kind: 'REFUSED' }>

/**
 * An item that its command has refused leaves an operation all the same, so that everybody sees why. Somebody else may
 * have carried it out or written it down at the same moment: the first one counts.
 */
export async function recordRefused(
  client: pg.ClientBase,
  bulkId: OperationId,
  position: number,
  { error, operationKind, operation, volumeId }: Refused,
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `WITH refused AS (
       INSERT INTO operation (id, kind, state, volume_id, actor, idempotency_key, input_fingerprint, parent_id, request,
                              started_at, finished_at, error_code, error_message)
       VALUES ($1, $2, 'FAILED', $3, $4, $5, $6, $7, $8::jsonb, clock_timestamp(), clock_timestamp(), $9, $10)
       ON CONFLICT (actor, idempotency_key) DO NOTHING RETURNING id)
     UPDATE bulk_item SET child_id = coalesce(
       (SELECT id FROM refused), (SELECT id FROM operation WHERE actor = $4 AND idempotency_key = $5))
     WHERE operation_id = $7 AND position = $11 AND child_id IS NULL RETURNING child_id AS id`,
    [
      operation.id,
      operationKind,
      volumeId,
      operation.actor,
      operation.idempotencyKey,
      operation.inputFingerprint,
      bulkId,
      JSON.stringify(operation.request ?? null),
      error.code,
      error.message,
      position,
    ],
  )
  await appendEvents(client, { OPERATION_CHANGED: rows.map((row) => row.id) })
}
