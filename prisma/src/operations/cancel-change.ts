import type { OperationId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import { keepFormer } from '@flotilla/core/volumes/keep-former'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import type pg from 'pg'
import { lockHomeLedger } from '../clusters/lock-home-ledger.ts'
import { appendEvents } from '../events/append-events.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { discharge } from '../volumes/discharge.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { SETTLED_COLUMNS } from '../volumes/settled-columns.ts'
import { knownOperation } from './known-operation.ts'
import { cancelUnfinished, recordOperation } from './record-operation.ts'
import { refuseCancelling } from './refuse-cancelling.ts'

interface ChangingVolume extends SettledVolume {
  readonly changeAskedAt: Date | null
}

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
  await lockHomeLedger(client, volumeId)
  const volume = await lockVolume(client, volumeId, ['input', 'id'])
  const { rows } = await client.query<ChangingVolume>(
    `SELECT change_asked_at AS "changeAskedAt", ${SETTLED_COLUMNS} FROM volume WHERE id = $1`,
    [volumeId],
  )
  const [present] = rows
  if (!present) throw new Error(`${volumeId} vanished`)
  const { state, changeAskedAt } = present
  await refuseCancelling(client, id, {
    volume: { state, changeAskedAt, isObserved: false, observedAt: null },
  })
  await cancelUnfinished(client, { volumeId }, `cancelled by ${cancellation.actor}`, 'CANCELLED')
  const former = keepFormer(present, formerSizeBytes ?? volume.sizeBytes)
  await discharge(client, [
    { volume: { volumeId, clusterId: volume.clusterId }, before: present, after: former },
  ])
  await revertAttachments(client, volumeId)
  await appendEvents(client, { VOLUME_CHANGED: [volumeId] })
  return {
    operation: await knownOperation(client, id),
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
