import { DomainError } from '@flotilla/core/errors'
import { type AttachmentChange, attachHosts, detachHosts } from '@flotilla/core/hosts/attach-volume'
import type { AccessChange } from '@flotilla/core/hosts/next-access'
import type { AttachedVolume, AttachmentIntent, HostStore } from '@flotilla/core/ports/host-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { findEarlier, recordOperation } from '../operations/record-operation.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { refuseOtherRevision } from '../volumes/refuse-other-revision.ts'
import { VOLUME_COLUMNS } from '../volumes/volume-columns.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { readHostsOf, writeAttachments } from './attachment-rows.ts'
import { holdHosts } from './hold-hosts.ts'

const RACES_RETRIED = 5

/** What is wanted of volumes for hosts. Whoever locks a volume and hosts locks the volume first. */
export function createAttachmentStore(
  database: Database,
  bus: EventBus,
): Pick<HostStore, 'attach' | 'detach'> {
  const change = async (
    kind: 'ATTACH_VOLUME' | 'DETACH_VOLUME',
    intent: AttachmentIntent,
    decide: (client: pg.ClientBase, volume: Volume) => Promise<AttachmentChange | DomainError>,
  ): Promise<AttachedVolume> => {
    const { volumeId, operation, expectedRevision } = intent
    const changed = await retryOnConflict(RACES_RETRIED, () =>
      inTransaction(database.pool, async (client) => {
        const volume = await lockVolume(client, volumeId, ['input', 'id'])
        const earlier = await findEarlier(client, operation)
        if (earlier) return { volume, operation: earlier }
        refuseOtherRevision(volume, expectedRevision)
        const decided = await decide(client, volume)
        if (decided instanceof DomainError) throw decided
        await writeAttachments(client, volumeId, decided)
        const isDone = !decided.asksCluster
        const change = intent.force ? 'ALONE' : 'BESIDE'
        return {
          volume: await markChanged(client, volume, isDone ? null : change),
          operation: await recordOperation(client, kind, { volumeId }, operation, isDone),
        }
      }),
    )
    bus.publish()
    return changed
  }

  return {
    attach: (intent, hostIds, mode) =>
      change('ATTACH_VOLUME', intent, async (client, volume) => {
        const hosts = await holdHosts(client, hostIds)
        return attachHosts(volume, await readHostsOf(client, volume.id), hosts, mode, intent.force)
      }),

    detach: (intent, hostIds) =>
      change('DETACH_VOLUME', intent, async (client, volume) => {
        if (hostIds) await holdHosts(client, hostIds)
        return detachHosts(volume, await readHostsOf(client, volume.id), hostIds, intent.force)
      }),
  }
}

/** @param change how its cluster is to be asked; null when it is done */
async function markChanged(
  client: pg.ClientBase,
  { id }: Volume,
  change: AccessChange | null,
): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = $2, revision = revision + 1, generation = generation + 1,
            settled_generation = CASE WHEN $2 = 'AVAILABLE' THEN generation + 1 ELSE settled_generation END, updated_at = clock_timestamp(),
            next_reconcile_at = clock_timestamp(), access_change = $3
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [id, change ? 'UPDATING' : 'AVAILABLE', change],
  )
  await appendEvents(client, { VOLUME_CHANGED: [id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}
