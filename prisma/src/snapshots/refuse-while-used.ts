import { InvalidStateError } from '@flotilla/core/errors'
import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

/**
 * What is being read from must stay until it has been read. @throws InvalidStateError
 *
 * @param exceptFor a volume that goes with its snapshots, whatever it was doing
 */
export async function refuseWhileUsed(
  client: pg.ClientBase,
  ids: readonly SnapshotId[],
  exceptFor: VolumeId | null,
): Promise<void> {
  const { rows } = await client.query<{ id: string; state: string }>(
    `SELECT id, state FROM volume
     WHERE (source_snapshot_id = ANY ($1) AND state = 'CREATING' OR restore_snapshot_id = ANY ($1) AND state = 'RESTORING')
       AND id IS DISTINCT FROM $2 LIMIT 1`,
    [ids, exceptFor],
  )
  const [user] = rows
  if (!user) return
  const use = user.state === 'CREATING' ? 'made from' : 'put back to'
  throw new InvalidStateError(
    `${user.id} is being ${use} a snapshot that is to go; delete it when that is done`,
    ['input', 'id'],
  )
}
