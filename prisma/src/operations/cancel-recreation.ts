import type { OperationId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import type pg from 'pg'
import { lockHomeLedger } from '../clusters/lock-home-ledger.ts'
import { appendEvents } from '../events/append-events.ts'
import { missAgain } from '../findings/miss-again.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { knownOperation } from './known-operation.ts'
import { readOperation } from './read-operation.ts'
import { cancelUnfinished, recordOperation } from './record-operation.ts'
import { refuseCancelling } from './refuse-cancelling.ts'

/** Takes back a recreation that no cluster was asked for: the volume is MISSING as it was. */
export async function cancelRecreation(
  client: pg.ClientBase,
  id: OperationId,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  const { volumeId } = (await readOperation(client, id)) ?? {}
  if (!volumeId) throw new Error(`${id} works on no volume`)
  await lockHomeLedger(client, volumeId)
  const { state } = await lockVolume(client, volumeId, ['input', 'id'])
  const { rows } = await client.query<{ askedAt: Date | null }>(
    `SELECT create_unknown_at AS "askedAt" FROM volume WHERE id = $1`,
    [volumeId],
  )
  const changeAskedAt = rows[0]?.askedAt ?? null
  await refuseCancelling(client, id, {
    volume: { state, changeAskedAt, isObserved: false, observedAt: null },
  })
  await missAgain(client, volumeId, null)
  await cancelUnfinished(client, { volumeId }, `cancelled by ${cancellation.actor}`, 'CANCELLED')
  await appendEvents(client, { VOLUME_CHANGED: [volumeId] })
  return {
    operation: await knownOperation(client, id),
    cancellation: await recordOperation(client, 'CANCEL_OPERATION', { volumeId }, cancellation, true),
    volumeIds: [],
    snapshotIds: [],
  }
}
