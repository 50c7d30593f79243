import type { VolumeId } from '@flotilla/core/identity/ids'
import type { UntakenSnapshot } from '@flotilla/core/snapshots/untaken-snapshot'
import type pg from 'pg'

interface UntakenRow extends UntakenSnapshot {
  readonly volumeId: VolumeId
}

/**
 * The snapshots of these volumes that are yet to be taken, by volume. There will be no more while the caller has the volumes locked: whoever
 * asks for one locks its volume first, a schedule too, and a clone of it shares the lock.
 */
export async function readUntaken(
  client: pg.ClientBase,
  volumeIds: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, readonly UntakenSnapshot[]>> {
  if (volumeIds.length === 0) return new Map()
  const { rows } = await client.query<UntakenRow>(
    `SELECT volume_id AS "volumeId", id, made_for_id AS "madeForId" FROM snapshot
     WHERE volume_id = ANY ($1) AND state = 'CREATING' ORDER BY id`,
    [volumeIds],
  )
  return Map.groupBy(rows, ({ volumeId }) => volumeId)
}
