import { ATTEMPTS_KEPT, type OperationError } from '@flotilla/core/operations/operation'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { type OperationSubject, subjectColumn, subjectId } from './operation-subject.ts'

/** An attempt at what is wanted of a volume or a snapshot, from the moment its lease was taken. */
export type Attempt = OperationSubject & { readonly leasedAt: Date }

/** Ends the unfinished operations of volumes, or of snapshots, with the attempts that ended them. */
export async function finishOperations(
  client: pg.ClientBase,
  attempts: readonly Attempt[],
  error: OperationError | null,
): Promise<void> {
  await writeAttempts(
    client,
    attempts,
    error,
    `state = '${error ? 'FAILED' : 'SUCCEEDED'}', finished_at = clock_timestamp(), progress = NULL,
     error_code = $3::jsonb ->> 'code', error_message = $3::jsonb ->> 'message'`,
  )
}

/** Notes an attempt that settled nothing; the operation goes on. */
export async function noteAttempt(
  client: pg.ClientBase,
  attempt: Attempt,
  error: OperationError,
): Promise<void> {
  await writeAttempts(client, [attempt], error, `progress = $3::jsonb ->> 'message'`)
}

/** Tells what the work waits for, when that is no fault. */
export async function noteProgress(
  client: pg.ClientBase,
  subject: OperationSubject,
  progress: string,
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE operation SET progress = $2 WHERE ${subjectColumn(subject)} = $1 AND state IN ('PENDING', 'RUNNING')
     RETURNING id`,
    [subjectId(subject), progress],
  )
  await appendEvents(client, { OPERATION_CHANGED: rows.map((row) => row.id) })
}

/** Newest first; the oldest are dropped from the record, not from the count. */
async function writeAttempts(
  client: pg.ClientBase,
  attempts: readonly Attempt[],
  error: OperationError | null,
  assignments: string,
): Promise<void> {
  const [first] = attempts
  if (!first) return
  await client.query(
    `WITH changed AS (
       UPDATE operation SET ${assignments}, attempt_count = attempt_count + 1,
         attempts = jsonb_path_query_array(
           jsonb_build_array(jsonb_build_object('startedAt', attempt.leased_at, 'finishedAt', clock_timestamp(),
                                                'error', $3::jsonb)) || attempts,
           '$[0 to ${ATTEMPTS_KEPT - 1}]')
       FROM unnest($1::text[], $2::timestamptz[]) AS attempt(subject_id, leased_at)
       WHERE operation.${subjectColumn(first)} = attempt.subject_id AND state IN ('PENDING', 'RUNNING')
       RETURNING id)
     INSERT INTO event (kind, subject_id) SELECT 'OPERATION_CHANGED', id FROM changed`,
    [attempts.map(subjectId), attempts.map(({ leasedAt }) => leasedAt), error ? JSON.stringify(error) : null],
  )
}
