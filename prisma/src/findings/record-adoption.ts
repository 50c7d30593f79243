import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { AdoptionOutcome } from '@flotilla/core/ports/finding-store'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { countBulk } from '../operations/count-bulk.ts'
import { knownOperation } from '../operations/known-operation.ts'
import { recordOperation } from '../operations/record-operation.ts'

/**
 * Records an adoption like everything that is asked of many volumes: an operation for each item, which have all ended, and
 * counts and a state of the whole that follow from them. The message of a refused item names its finding, as it has no volume.
 */
export async function recordAdoption(
  client: pg.ClientBase,
  outcomes: readonly AdoptionOutcome[],
  wanted: NewOperation,
): Promise<Operation> {
  await recordOperation(client, 'ADOPT_VOLUMES', {}, wanted)
  await client.query('UPDATE operation SET outcome = $2::jsonb WHERE id = $1', [
    wanted.id,
    JSON.stringify(outcomes),
  ])
  await insertItems(client, outcomes, wanted)
  await countBulk(client, wanted.id)
  return knownOperation(client, wanted.id)
}

async function insertItems(
  client: pg.ClientBase,
  outcomes: readonly AdoptionOutcome[],
  { id, actor }: NewOperation,
): Promise<void> {
  const items = outcomes.map(({ findingId, volumeId, refusal }, position) => ({
    position,
    id: uuidIds.next('Operation'),
    volume_id: volumeId,
    input: { findingId },
    error_code: refusal?.code ?? null,
    error_message: refusal && `${findingId}: ${refusal.message}`,
  }))
  await client.query(`INSERT INTO bulk_operation (operation_id, request, pending) VALUES ($1, '{}', $2)`, [
    id,
    items.length,
  ])
  await client.query(
    `WITH item AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS row(position int, id text, volume_id text, input jsonb,
         error_code text, error_message text)),
     ended AS (
       INSERT INTO operation (id, kind, state, volume_id, actor, parent_id, started_at, finished_at, error_code, error_message)
       SELECT id, 'ADOPT_VOLUME', CASE WHEN error_code IS NULL THEN 'SUCCEEDED' ELSE 'FAILED' END, volume_id, $3, $1,
              clock_timestamp(), clock_timestamp(), error_code, error_message FROM item)
     INSERT INTO bulk_item (operation_id, position, volume_id, input, begun_at, child_id)
     SELECT $1, position, volume_id, input, clock_timestamp(), id FROM item`,
    [id, JSON.stringify(items), actor],
  )
  await appendEvents(client, { OPERATION_CHANGED: items.map((item) => item.id) })
}
