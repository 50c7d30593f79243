import {
  IdempotencyConflictError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type { NewOperation } from '@flotilla/core/ports/placement-ledger'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Operation as OperationRow, Volume as VolumeRow } from '../generated/client.ts'
import { OPERATION_COLUMNS } from '../operations/operation-columns.ts'
import { toOperation } from '../operations/operation-row.ts'
import { VOLUME_COLUMNS } from './volume-columns.ts'
import { toVolume } from './volume-row.ts'

const RACES_RETRIED = 5

export function createVolumeStore(database: Database, bus: EventBus): VolumeStore {
  return {
    async requestDeletion(id, operation, expectedRevision) {
      const result = await retryOnConflict(RACES_RETRIED, () =>
        inTransaction(database.pool, async (client) => {
          const volume = await lockVolume(client, id)
          const earlier = await findEarlier(client, operation)
          if (earlier) return { volume, operation: earlier }
          refuseDeletion(volume, expectedRevision)
          await cancelUnfinished(client, id)
          return {
            volume: await markForDeletion(client, volume),
            operation: await insertDeletion(client, volume, operation),
          }
        }),
      )
      bus.publish()
      return result
    },
  }
}

async function lockVolume(client: pg.ClientBase, id: VolumeId): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `SELECT ${VOLUME_COLUMNS} FROM volume WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no volume ${id}`, ['input', 'id'])
  return toVolume(rows[0])
}

async function findEarlier(client: pg.ClientBase, operation: NewOperation): Promise<Operation | null> {
  const { rows } = await client.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM operation WHERE actor = $1 AND idempotency_key = $2`,
    [operation.actor, operation.idempotencyKey],
  )
  const [earlier] = rows
  if (!earlier) return null
  if (earlier.inputFingerprint !== operation.inputFingerprint) throw new IdempotencyConflictError(earlier.id)
  return toOperation(earlier)
}

function refuseDeletion(volume: Volume, expectedRevision: number | null): void {
  if (volume.state === 'DELETED') throw new NotFoundError(`${volume.id} has been deleted`, ['input', 'id'])
  if (volume.state === 'DELETING')
    throw new InvalidStateError(`${volume.id} is being deleted already`, ['input', 'id'])
  if (expectedRevision !== null && expectedRevision !== volume.revision) {
    throw new RevisionConflictError(expectedRevision, volume.revision)
  }
}

async function cancelUnfinished(client: pg.ClientBase, id: VolumeId): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE operation SET state = 'CANCELLED', finished_at = clock_timestamp(), error_code = 'SUPERSEDED',
            error_message = 'the volume is being deleted'
     WHERE volume_id = $1 AND state IN ('PENDING', 'RUNNING') RETURNING id`,
    [id],
  )
  await appendEvents(client, { OPERATION_CHANGED: rows.map((row) => row.id) })
}

/** A failed volume left nothing behind, so there is nothing to wait for. */
async function markForDeletion(client: pg.ClientBase, volume: Volume): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = $2, revision = revision + 1, updated_at = clock_timestamp(),
            next_reconcile_at = clock_timestamp(), shrink_to_bytes = NULL, former_properties = NULL,
            deleted_at = CASE WHEN $2 = 'DELETED' THEN clock_timestamp() END
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [volume.id, volume.state === 'FAILED' ? 'DELETED' : 'DELETING'],
  )
  await appendEvents(client, { VOLUME_CHANGED: [volume.id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}

async function insertDeletion(
  client: pg.ClientBase,
  volume: Volume,
  operation: NewOperation,
): Promise<Operation> {
  const isDone = volume.state === 'FAILED'
  const { rows } = await client.query<OperationRow>(
    `INSERT INTO operation (id, kind, state, volume_id, actor, idempotency_key, input_fingerprint, started_at, finished_at)
     VALUES ($1, 'DELETE_VOLUME', $2, $3, $4, $5, $6,
             CASE WHEN $7 THEN clock_timestamp() END, CASE WHEN $7 THEN clock_timestamp() END)
     RETURNING ${OPERATION_COLUMNS}`,
    [
      operation.id,
      isDone ? 'SUCCEEDED' : 'PENDING',
      volume.id,
      operation.actor,
      operation.idempotencyKey,
      operation.inputFingerprint,
      isDone,
    ],
  )
  await appendEvents(client, { OPERATION_CHANGED: [operation.id] })
  const [row] = rows
  if (!row) throw new Error('an inserted operation was not returned')
  return toOperation(row)
}
