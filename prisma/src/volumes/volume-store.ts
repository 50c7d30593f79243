import { InvalidStateError, NotFoundError, RevisionConflictError } from '@flotilla/core/errors'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { lockVolume } from './lock-volume.ts'
import { VOLUME_COLUMNS } from './volume-columns.ts'
import { toVolume } from './volume-row.ts'

const RACES_RETRIED = 5

export function createVolumeStore(database: Database, bus: EventBus): VolumeStore {
  return {
    async requestDeletion(id, operation, expectedRevision) {
      const result = await retryOnConflict(RACES_RETRIED, () =>
        inTransaction(database.pool, async (client) => {
          const volume = await lockVolume(client, id, ['input', 'id'])
          const earlier = await findEarlier(client, operation)
          if (earlier) return { volume, operation: earlier }
          refuseDeletion(volume, expectedRevision)
          await cancelUnfinished(client, { volumeId: id }, 'the volume is being deleted')
          return {
            volume: await markForDeletion(client, volume),
            operation: await recordOperation(
              client,
              'DELETE_VOLUME',
              { volumeId: id },
              operation,
              volume.state === 'FAILED',
            ),
          }
        }),
      )
      bus.publish()
      return result
    },
  }
}

function refuseDeletion(volume: Volume, expectedRevision: number | null): void {
  if (volume.state === 'DELETED') throw new NotFoundError(`${volume.id} has been deleted`, ['input', 'id'])
  if (volume.state === 'DELETING')
    throw new InvalidStateError(`${volume.id} is being deleted already`, ['input', 'id'])
  if (expectedRevision !== null && expectedRevision !== volume.revision) {
    throw new RevisionConflictError(expectedRevision, volume.revision)
  }
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
