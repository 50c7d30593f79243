import type pg from 'pg'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { FOUND_AGAIN, resolved } from './history.ts'
import { WANTED } from './wanted-picture.ts'

/** One finding for each volume of ours that is MISSING, for as long as it is. @returns how many were written */
export async function writeMissing(client: pg.ClientBase, { clusterId }: BegunPoll): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM volume WHERE cluster_id = $1 AND state = 'MISSING' AND NOT EXISTS (
       SELECT 1 FROM finding WHERE finding.cluster_id = $1 AND kind = 'MISSING' AND subject = volume.id
         AND finding.state <> 'RESOLVED')`,
    [clusterId],
  )
  if (rows.length > 0) {
    const wanted = rows.map(({ id }) => ({ id: uuidIds.next('Finding'), volume_id: id }))
    await client.query(
      `INSERT INTO finding (id, cluster_id, kind, subject, name, volume_id, wanted, written)
       SELECT row.id, $1, 'MISSING', volume.id, backend_name, volume.id, ${WANTED}, volume.written
       FROM jsonb_to_recordset($2::jsonb) AS row(id text, volume_id text) JOIN volume ON volume.id = row.volume_id
       ${FOUND_AGAIN}`,
      [clusterId, JSON.stringify(wanted)],
    )
  }
  const { rowCount } = await client.query(
    `UPDATE finding SET ${resolved()} FROM volume
     WHERE finding.cluster_id = $1 AND kind = 'MISSING' AND finding.state <> 'RESOLVED'
       AND volume.id = subject AND volume.state <> 'MISSING'`,
    [clusterId],
  )
  return rows.length + (rowCount ?? 0)
}
