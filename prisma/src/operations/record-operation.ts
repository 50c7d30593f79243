import { IdempotencyConflictError } from '@flotilla/core/errors'
import type { Operation, OperationKind } from '@flotilla/core/operations/operation'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { Operation as OperationRow } from '../generated/client.ts'
import { OPERATION_COLUMNS } from './operation-columns.ts'
import { toOperation } from './operation-row.ts'
import { type OperationSubject, type RecordedSubject, subjectColumn, subjectId } from './operation-subject.ts'

/** The operation that came under this key before; null when there is none, or no key. @throws IdempotencyConflictError */
export async function findEarlier(client: pg.ClientBase, operation: NewChange): Promise<Operation | null> {
  const { rows } = await client.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM operation WHERE actor = $1 AND idempotency_key = $2`,
    [operation.actor, operation.idempotencyKey],
  )
  const [earlier] = rows
  if (!earlier) return null
  if (earlier.inputFingerprint !== operation.inputFingerprint) throw new IdempotencyConflictError(earlier.id)
  return toOperation(earlier)
}

/** Records a new operation with its event; one that is done already when there is nothing to wait for. */
export async function recordOperation(
  client: pg.ClientBase,
  kind: OperationKind,
  subject: RecordedSubject,
  operation: NewChange,
  isDone = false,
): Promise<Operation> {
  const { rows } = await client.query<OperationRow>(
    `INSERT INTO operation (id, kind, state, ${subjectColumn(subject)}, actor, idempotency_key, input_fingerprint,
                            parent_id, former_id, request, started_at, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $9, $10, $11::jsonb,
             CASE WHEN $8 THEN clock_timestamp() END, CASE WHEN $8 THEN clock_timestamp() END)
     RETURNING ${OPERATION_COLUMNS}`,
    [
      operation.id,
      kind,
      isDone ? 'SUCCEEDED' : 'PENDING',
      subjectId(subject),
      operation.actor,
      operation.idempotencyKey,
      operation.inputFingerprint,
      isDone,
      operation.parentId ?? null,
      operation.formerId ?? null,
      operation.request ? JSON.stringify(operation.request) : null,
    ],
  )
  await appendEvents(client, { OPERATION_CHANGED: [operation.id] })
  const [row] = rows
  if (!row) throw new Error('an inserted operation was not returned')
  return toOperation(row)
}

/** Ends whatever was asked for before and is made needless now. */
export async function cancelUnfinished(
  client: pg.ClientBase,
  subject: OperationSubject,
  reason: string,
  code: 'SUPERSEDED' | 'CANCELLED' = 'SUPERSEDED',
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE operation SET state = 'CANCELLED', finished_at = clock_timestamp(), progress = NULL, error_code = $3,
            error_message = $2
     WHERE ${subjectColumn(subject)} = $1 AND state IN ('PENDING', 'RUNNING') RETURNING id`,
    [subjectId(subject), reason, code],
  )
  await appendEvents(client, { OPERATION_CHANGED: rows.map((row) => row.id) })
}
