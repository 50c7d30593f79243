import { InvalidStateError } from '@flotilla/core/errors'
import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { recordOperation } from '../operations/record-operation.ts'
import { endSchedulesOf } from '../schedules/end-schedules.ts'
import { refuseWhileUsed } from '../snapshots/refuse-while-used.ts'
import { GONE } from '../volumes/gone.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { closeMissing } from './close-missing.ts'
import { lockMissing } from './lock-missing.ts'

/**
 * Deletes a lost volume from the records, with those of its snapshots that are lost as well, and gives its promised bytes
 * back, without asking its cluster. None of them is taken for ours if it turns up again: nobody has said that it may be
 * destroyed.
 */
export async function forgetVolume(
  client: pg.ClientBase,
  id: VolumeId,
  wanted: NewOperation,
  expectedRevision: number | null,
): Promise<{ volume: Volume; operation: Operation }> {
  const missing = await lockMissing(client, id, expectedRevision)
  await refuseSnapshots(client, id)
  await endSchedulesOf(client, id)
  await forgetSnapshots(client, id)
  await client.query(
    `WITH promised AS (SELECT greatest(0, size_bytes * replicas - observed_bytes) AS bytes FROM volume WHERE id = $1),
     forgotten AS (
       UPDATE volume SET state = 'DELETED', deleted_at = clock_timestamp(), forgotten_at = clock_timestamp(), observed_bytes = 0,
              observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, shrink_to_bytes = NULL,
              revision = revision + 1,
              generation = generation + 1, settled_generation = generation + 1, updated_at = clock_timestamp()
       WHERE id = $1)
     UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes - promised.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes - promised.bytes)::float8 / nullif(effective_bytes, 0)
     FROM promised WHERE cluster_id = $2`,
    [id, missing.clusterId],
  )
  await closeMissing(client, missing, 'FORGOTTEN', wanted.actor)
  const operation = await recordOperation(client, 'FORGET_VOLUME', { volumeId: id }, wanted, true)
  return { volume: await lockVolume(client, id, ['input', 'id']), operation }
}

async function refuseSnapshots(client: pg.ClientBase, id: VolumeId): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM snapshot WHERE volume_id = $1 AND state NOT IN ${GONE} AND state <> 'MISSING' ORDER BY id LIMIT 10`,
    [id],
  )
  if (rows.length === 0) return
  const ids = rows.map((row) => row.id).join(', ')
  throw new InvalidStateError(`${id} has snapshots that are not deleted: ${ids}; delete them first`, [
    'input',
    'id',
  ])
}

async function forgetSnapshots(client: pg.ClientBase, id: VolumeId): Promise<void> {
  const { rows } = await client.query<{ id: SnapshotId }>(
    `SELECT id FROM snapshot WHERE volume_id = $1 AND state = 'MISSING' ORDER BY id FOR UPDATE`,
    [id],
  )
  const ids = rows.map((row) => row.id)
  await refuseWhileUsed(client, ids, null)
  await client.query(
    `UPDATE snapshot SET state = 'DELETED', deleted_at = clock_timestamp(), revision = revision + 1, updated_at = clock_timestamp()
     WHERE id = ANY ($1)`,
    [ids],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: ids })
}
