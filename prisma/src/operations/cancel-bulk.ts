import type { OperationId } from '@flotilla/core/identity/ids'
import { type BulkKind, ITEM_KINDS } from '@flotilla/core/operations/bulk-kinds'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { countBulk } from './count-bulk.ts'
import { knownOperation } from './known-operation.ts'
import { recordOperation } from './record-operation.ts'
import { refuseCancelling } from './refuse-cancelling.ts'

/** Items that nobody has begun are cancelled; the others go on. Whoever begins items locks the same row. */
export async function cancelBulk(
  client: pg.ClientBase,
  id: OperationId,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  await client.query('SELECT 1 FROM bulk_operation WHERE operation_id = $1 FOR UPDATE', [id])
  const { rows: items } = await client.query<{ position: number }>(
    `SELECT position FROM bulk_item WHERE operation_id = $1 AND child_id IS NULL AND begun_at IS NULL ORDER BY position`,
    [id],
  )
  const { kind, actor } = await refuseCancelling(client, id, { bulk: { ...NONE, pending: items.length } })
  const childIds = items.map(() => uuidIds.next('Operation'))
  await client.query(
    `WITH cancelled AS (
       UPDATE bulk_item SET child_id = child.id FROM unnest($2::int[], $3::text[]) AS child(position, id)
       WHERE operation_id = $1 AND bulk_item.position = child.position RETURNING child.id, volume_id)
     INSERT INTO operation (id, kind, state, volume_id, actor, parent_id, finished_at, error_code, error_message)
     SELECT id, $4, 'CANCELLED', volume_id, $5, $1, clock_timestamp(), 'CANCELLED', $6 FROM cancelled`,
    [
      id,
      items.map(({ position }) => position),
      childIds,
      ITEM_KINDS[kind as BulkKind],
      actor,
      `cancelled by ${cancellation.actor}`,
    ],
  )
  await appendEvents(client, { OPERATION_CHANGED: childIds })
  await countBulk(client, id)
  return {
    operation: await knownOperation(client, id),
    cancellation: await recordOperation(client, 'CANCEL_OPERATION', {}, cancellation, true),
    volumeIds: [],
    snapshotIds: [],
  }
}

const NONE = { running: 0, succeeded: 0, failed: 0, cancelled: 0 }
