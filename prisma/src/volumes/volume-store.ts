import { InvalidStateError, NotFoundError, RevisionConflictError } from '@flotilla/core/errors'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type { Database } from '../database/connect.ts'
import { retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Prisma } from '../generated/client.ts'
import { findReplay, operationData } from '../operations/new-operation.ts'
import { toOperation } from '../operations/operation-row.ts'
import { toVolume } from './volume-row.ts'

const RACES_RETRIED = 5
const SUPERSEDED = {
  state: 'CANCELLED',
  errorCode: 'SUPERSEDED',
  errorMessage: 'the volume is being deleted',
}

export function createVolumeStore(database: Database, bus: EventBus): VolumeStore {
  return {
    async requestDeletion(id, operation, expectedRevision) {
      const result = await retryOnConflict(RACES_RETRIED, () =>
        database.prisma.$transaction(async (transaction) => {
          const volume = await lockVolume(transaction, id)
          const replayed = await findReplay(transaction, operation)
          if (replayed) return { volume, operation: toOperation(replayed) }
          refuseDeletion(volume, expectedRevision)
          const now = new Date()
          await transaction.operation.updateMany({
            where: { volumeId: id, state: { in: ['PENDING', 'RUNNING'] } },
            data: { ...SUPERSEDED, finishedAt: now },
          })
          const row = await transaction.volume.update({
            where: { id },
            data: { ...deletionOf(volume, now), revision: { increment: 1 }, updatedAt: now },
          })
          const created = await transaction.operation.create({
            data: {
              ...operationData('DELETE_VOLUME', operation),
              volumeId: id,
              ...(row.state === 'DELETED' && { state: 'SUCCEEDED', startedAt: now, finishedAt: now }),
            },
          })
          await transaction.event.createMany({
            data: [
              { kind: 'VOLUME_CHANGED', subjectId: id },
              { kind: 'OPERATION_CHANGED', subjectId: created.id },
            ],
          })
          return { volume: toVolume(row), operation: toOperation(created) }
        }),
      )
      bus.publish()
      return result
    },
  }
}

async function lockVolume(transaction: Prisma.TransactionClient, id: VolumeId): Promise<Volume> {
  await transaction.$queryRaw`SELECT 1 FROM volume WHERE id = ${id} FOR UPDATE`
  const row = await transaction.volume.findUnique({ where: { id } })
  if (!row) throw new NotFoundError(`there is no volume ${id}`, ['input', 'id'])
  return toVolume(row)
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
function deletionOf(volume: Volume, now: Date): Prisma.VolumeUpdateInput {
  return volume.state === 'FAILED'
    ? { state: 'DELETED', deletedAt: now }
    : { state: 'DELETING', nextReconcileAt: now }
}
