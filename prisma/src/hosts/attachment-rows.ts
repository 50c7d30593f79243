import type { AttachedHost, AttachmentChange } from '@flotilla/core/hosts/attach-volume'
import { type VolumeHosts, volumeHosts } from '@flotilla/core/hosts/volume-hosts'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'

/** SQL: the hosts of a row of `volume`, as a JSON list; null for none. */
export const ATTACHED_TO_VOLUME = `(SELECT jsonb_agg(jsonb_build_object('hostId', host_id, 'nqn', nqn) ORDER BY host_id)
  FROM attachment JOIN host ON host.id = host_id WHERE volume_id = volume.id)`

/** The hosts of each volume that has any. */
export async function readAttachedHosts(
  client: pg.ClientBase | pg.Pool,
  volumeIds: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, readonly AttachedHost[]>> {
  const { rows } = await client.query<AttachedHost & { readonly volumeId: VolumeId }>(
    `SELECT volume_id AS "volumeId", host_id AS "hostId", wanted_mode AS "wantedMode", confirmed_mode AS "confirmedMode", nqn, addresses
     FROM attachment JOIN host ON host.id = host_id WHERE volume_id = ANY ($1) ORDER BY host_id`,
    [volumeIds],
  )
  return Map.groupBy(rows, ({ volumeId }) => volumeId)
}

/** The hosts of a volume, whose row must be locked. */
export async function readHostsOf(
  client: pg.ClientBase,
  volumeId: VolumeId,
): Promise<readonly AttachedHost[]> {
  return (await readAttachedHosts(client, [volumeId])).get(volumeId) ?? []
}

/** Who has a volume, whose row must be locked. */
export async function readVolumeHosts(
  client: pg.ClientBase,
  { id, observed }: Pick<Volume, 'id' | 'observed'>,
): Promise<VolumeHosts> {
  return volumeHosts(await readHostsOf(client, id), observed?.access ?? null)
}

/** Writes what is wanted; attachments that are not named stay as they are. */
export async function writeAttachments(
  client: pg.ClientBase,
  volumeId: VolumeId,
  { attachments }: AttachmentChange,
): Promise<void> {
  await client.query(
    `INSERT INTO attachment (volume_id, host_id, wanted_mode, confirmed_mode)
     SELECT $1, wanted.* FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted
     ON CONFLICT (volume_id, host_id) DO UPDATE SET
       wanted_mode = excluded.wanted_mode, confirmed_mode = excluded.confirmed_mode, updated_at = clock_timestamp()`,
    [
      volumeId,
      attachments.map(({ hostId }) => hostId),
      attachments.map(({ wantedMode }) => wantedMode),
      attachments.map(({ confirmedMode }) => confirmedMode),
    ],
  )
}

/** Their clusters have done what was wanted. */
export async function confirmAttachments(
  client: pg.ClientBase,
  volumeIds: readonly VolumeId[],
): Promise<void> {
  if (volumeIds.length === 0) return
  await Promise.all([
    client.query('DELETE FROM attachment WHERE volume_id = ANY ($1) AND wanted_mode IS NULL', [volumeIds]),
    client.query(
      `UPDATE attachment SET confirmed_mode = wanted_mode, updated_at = clock_timestamp()
       WHERE volume_id = ANY ($1) AND confirmed_mode IS DISTINCT FROM wanted_mode`,
      [volumeIds],
    ),
  ])
}

/** The cluster has refused: what it had confirmed before stands. */
export async function revertAttachments(client: pg.ClientBase, volumeId: VolumeId): Promise<void> {
  await client.query('DELETE FROM attachment WHERE volume_id = $1 AND confirmed_mode IS NULL', [volumeId])
  await client.query(
    `UPDATE attachment SET wanted_mode = confirmed_mode, updated_at = clock_timestamp()
     WHERE volume_id = $1 AND confirmed_mode IS DISTINCT FROM wanted_mode`,
    [volumeId],
  )
}

/** The volume goes, whoever has it. */
export async function removeAttachments(client: pg.ClientBase, volumeId: VolumeId): Promise<void> {
  await client.query('DELETE FROM attachment WHERE volume_id = $1', [volumeId])
}
