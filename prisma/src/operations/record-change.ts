import type { Operation, OperationKind } from '@flotilla/core/operations/operation'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type pg from 'pg'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { RecordedSubject } from './operation-subject.ts'
import { findEarlier, recordOperation } from './record-operation.ts'
import { replayOr } from './replay-or.ts'

const RACES_RETRIED = 5

/** How one kind of record is changed. */
export interface RecordedChange<R> {
  readonly kind: OperationKind
  readonly operation: NewChange
  /** Changes the record. Refuses before it writes anything. */
  work(client: pg.ClientBase): Promise<R>
  subjectOf(record: R): RecordedSubject
  /** The record that an earlier operation is about; null when it is about another kind. */
  find(client: pg.ClientBase, earlier: Operation): Promise<R | null>
}

/**
 * A change that is made with its record, in one transaction with its operation, which is done. What the same request was answered with
 * before is answered again; also when its twin was faster just now, and has left the record as the request may not find it.
 */
export function recordChange<R>(
  pool: pg.Pool,
  { kind, operation, work, subjectOf, find }: RecordedChange<R>,
): Promise<{ readonly record: R; readonly operation: Operation }> {
  const replay = async (client: pg.ClientBase) => {
    const earlier = await findEarlier(client, operation)
    const record = earlier && (await find(client, earlier))
    return earlier && record ? { record, operation: earlier } : null
  }
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(pool, (client) =>
      replayOr(
        () => replay(client),
        async () => {
          const record = await work(client)
          return {
            record,
            operation: await recordOperation(client, kind, subjectOf(record), operation, true),
          }
        },
      ),
    ),
  )
}
