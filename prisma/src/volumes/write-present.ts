import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { confirmAttachments } from '../hosts/attachment-rows.ts'
import { finishOperations } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { writtenPart } from './written-part.ts'

/** A leased volume that is on its cluster as wanted, and how the cluster shows it. */
export interface PresentVolume {
  readonly lease: VolumeLease
  readonly backend: BackendVolume
  /** A create under the lease may yet be carried out; under an earlier one, as the lease found it. */
  readonly createUnknown?: boolean
}

/** Writes that volumes are available, gives their leases back and ends their operations. Their rows must be locked. */
export async function writePresent(client: pg.ClientBase, present: readonly PresentVolume[]): Promise<void> {
  if (present.length === 0) return
  const rows = present.map(({ lease, backend, createUnknown = false }) => ({
    id: lease.volumeId,
    create_unknown: createUnknown,
    create_unknown_at: lease.createUnknownAt,
    backend_id: backend.backendId,
    size_bytes: backend.sizeBytes.toString(),
    state: backend.state,
    protection: backend.protection,
    access: backend.access,
    name: backend.name,
    is_created: lease.state === 'CREATING',
    written: writtenPart(lease, backend),
  }))
  const leases = present.map(({ lease }) => lease)
  const clones = leases.filter(({ state, source }) => state === 'CREATING' && source?.isOwn)
  const writing = client.query(
    `UPDATE volume SET state = 'AVAILABLE', leased_until = NULL, backend_id = seen.backend_id,
            create_unknown_at = CASE WHEN seen.create_unknown THEN volume.create_unknown_at ELSE seen.create_unknown_at END,
            change_asked_at = NULL, change_taken = false, restore_unknown_at = NULL, former_properties = NULL, restore_snapshot_id = NULL, access_change = NULL,
            observed_size_bytes = seen.size_bytes, observed_state = seen.state, observed_protection = seen.protection,
            observed_access = seen.access,
            observed_at = clock_timestamp(), acknowledged_at = clock_timestamp(), updated_at = clock_timestamp(),
            revision = revision + 1, settled_generation = generation, observed_name = nullif(seen.name, backend_name),
            written = CASE WHEN is_created THEN seen.written ELSE volume.written || seen.written END
     FROM jsonb_to_recordset($1::jsonb) AS seen(id text, create_unknown boolean, create_unknown_at timestamptz, backend_id text, size_bytes bigint, state text, protection text,
       access jsonb, name text, is_created boolean, written jsonb)
     WHERE volume.id = seen.id`,
    [JSON.stringify(rows)],
  )
  await Promise.all([
    writing,
    appendEvents(client, { VOLUME_CHANGED: leases.map(({ volumeId }) => volumeId) }),
    confirmAttachments(
      client,
      leases.filter(({ wantedAccess }) => wantedAccess).map(({ volumeId }) => volumeId),
    ),
    finishOperations(client, leases, null),
    releaseSources(
      client,
      clones.map(({ volumeId }) => volumeId),
    ),
  ])
}
