import type { VolumeId } from '@flotilla/core/identity/ids'
import { ATTEMPTS_KEPT, type OperationError } from '@flotilla/core/operations/operation'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/** Ends the unfinished operations of a volume, with the attempt that ended them. */
export async function finishOperation(
  client: pg.ClientBase,
  volumeId: VolumeId,
  startedAt: Date,
  error: OperationError | null,
): Promise<void> {
  await writeAttempt(
    client,
    volumeId,
    startedAt,
    error,
    `state = '${error ? 'FAILED' : 'SUCCEEDED'}', finished_at = clock_timestamp(), progress = NULL,
     error_code = $3::jsonb ->> 'code', error_message = $3::jsonb ->> 'message'`,
  )
}

/** Notes an attempt that settled nothing; the operation goes on. */
export async function noteAttempt(
  client: pg.ClientBase,
  volumeId: VolumeId,
  startedAt: Date,
  error: OperationError,
): Promise<void> {
  await writeAttempt(client, volumeId, startedAt, error, `progress = $3::jsonb ->> 'message'`)
}

/** Newest first; the oldest are dropped from the record, not from the count. */
async function writeAttempt(
  client: pg.ClientBase,
  volumeId: VolumeId,
  startedAt: Date,
  error: OperationError | null,
  assignments: string,
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE operation SET ${assignments}, attempt_count = attempt_count + 1,
       attempts = jsonb_path_query_array(
         jsonb_build_array(jsonb_build_object('startedAt', $2::timestamptz, 'finishedAt', clock_timestamp(),
                                              'error', $3::jsonb)) || attempts,
         '$[0 to ${ATTEMPTS_KEPT - 1}]')
     WHERE volume_id = $1 AND state IN ('PENDING', 'RUNNING')
     RETURNING id`,
    [volumeId, startedAt, error ? JSON.stringify(error) : null],
  )
  await appendEvents(
    client,
    'OPERATION_CHANGED',
    rows.map((row) => row.id),
  )
}
