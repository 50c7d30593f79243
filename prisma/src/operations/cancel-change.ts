import type { OperationId, VolumeId } from '@flotilla/core/identity/ids'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import type { NewOperation } from '@flotilla/core/ports/placement-ledger'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { revertChange } from '../volumes/revert-change.ts'
import { readOperation } from './read-operation.ts'
import { cancelUnfinished, recordOperation } from './record-operation.ts'
import { refuseCancelling } from './refuse-cancelling.ts'

/**
 * Takes back a change that no cluster was asked for: properties, hosts and size are what they were, and growth is promised
 * no more. A new name stays: it was ours alone, and done at once. Ledger row first, then the volume, as every writer does.
 */
export async function cancelChange(
  client: pg.ClientBase,
  id: OperationId,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  const { volumeId, formerSizeBytes } = await readChange(client, id)
  await client.query(
    `SELECT 1 FROM cluster_capacity WHERE cluster_id = (SELECT cluster_id FROM volume WHERE id = $1) FOR UPDATE`,
    [volumeId],
  )
  const volume = await lockVolume(client, volumeId, ['input', 'id'])
  const { rows } = await client.query<{ changeAskedAt: Date | null }>(
    'SELECT change_asked_at AS "changeAskedAt" FROM volume WHERE id = $1',
    [volumeId],
  )
  const { state, clusterId, shrinkToBytes } = volume
  const changeAskedAt = rows[0]?.changeAskedAt ?? null
  await refuseCancelling(client, id, {
    volume: { state, changeAskedAt, isObserved: false, observedAt: null },
  })
  await cancelUnfinished(client, { volumeId }, `cancelled by ${cancellation.actor}`, 'CANCELLED')
  const changing = { volumeId, clusterId, state, shrinkToBytes }
  await revertChange(client, changing, formerSizeBytes ?? volume.sizeBytes)
  await appendEvents(client, { VOLUME_CHANGED: [volumeId] })
  const operation = await readOperation(client, id)
  if (!operation) throw new Error(`${id} vanished`)
  return {
    operation,
    cancellation: await recordOperation(client, 'CANCEL_OPERATION', { volumeId }, cancellation, true),
    volumeIds: [],
    snapshotIds: [],
  }
}

async function readChange(
  client: pg.ClientBase,
  id: OperationId,
): Promise<{ readonly volumeId: VolumeId; readonly formerSizeBytes: bigint | null }> {
  const { rows } = await client.query<{ volumeId: VolumeId | null; formerSizeBytes: string | null }>(
    `SELECT volume_id AS "volumeId", request ->> 'formerSizeBytes' AS "formerSizeBytes" FROM operation WHERE id = $1`,
    [id],
  )
  const [row] = rows
  if (!row?.volumeId) {
    await refuseCancelling(client, id, {})
    throw new Error(`${id} works on no volume`)
  }
  const { volumeId, formerSizeBytes } = row
  return { volumeId, formerSizeBytes: formerSizeBytes === null ? null : BigInt(formerSizeBytes) }
}
