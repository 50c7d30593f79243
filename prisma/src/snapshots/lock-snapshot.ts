import { NotFoundError } from '@flotilla/core/errors'
import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import type { Snapshot as SnapshotRow } from '../generated/client.ts'
import { SNAPSHOT_COLUMNS } from './snapshot-columns.ts'
import { toSnapshot } from './snapshot-row.ts'

/** The snapshot as it stays until the transaction ends. @throws NotFoundError */
export async function lockSnapshot(
  client: pg.ClientBase,
  id: SnapshotId,
  path: readonly string[],
): Promise<Snapshot> {
  const { rows } = await client.query<SnapshotRow>(
    `SELECT ${SNAPSHOT_COLUMNS} FROM snapshot WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no snapshot ${id}`, path)
  return toSnapshot(rows[0])
}
