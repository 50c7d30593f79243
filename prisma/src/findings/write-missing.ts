import type { FindingKind } from '@flotilla/core/findings/finding'
import type pg from 'pg'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { FOUND_AGAIN, resolved } from './history.ts'
import { WANTED } from './wanted-picture.ts'

/**
 * One finding for each volume and snapshot of ours that is MISSING, for as long as it is. Whether one is, the poll's own
 * transaction has said. @returns how many were written
 */
export async function writeMissing(client: pg.ClientBase, { clusterId }: BegunPoll): Promise<number> {
  const { rows } = await client.query<{ subject: string; kind: FindingKind }>(
    `SELECT subject, kind FROM (
       SELECT id AS subject, 'MISSING' AS kind FROM volume WHERE cluster_id = $1 AND state = 'MISSING'
       UNION ALL SELECT id, 'MISSING_SNAPSHOT' FROM snapshot WHERE cluster_id = $1 AND state = 'MISSING') AS lost
     WHERE NOT EXISTS (
       SELECT 1 FROM finding WHERE finding.cluster_id = $1 AND finding.kind = lost.kind AND finding.subject = lost.subject
         AND finding.state <> 'RESOLVED')`,
    [clusterId],
  )
  if (rows.length > 0) {
    const wanted = rows.map((row) => ({ id: uuidIds.next('Finding'), ...row }))
    await client.query(
      `INSERT INTO finding (id, cluster_id, kind, subject, name, volume_id, wanted, written)
       SELECT row.id, $1, kind, subject, coalesce(snapshot.backend_name, volume.backend_name), volume.id,
              CASE WHEN snapshot.id IS NULL THEN ${WANTED} END, CASE WHEN snapshot.id IS NULL THEN volume.written END
       FROM jsonb_to_recordset($2::jsonb) AS row(id text, subject text, kind text)
         LEFT JOIN snapshot ON snapshot.id = subject
         JOIN volume ON volume.id = coalesce(snapshot.volume_id, subject)
       ${FOUND_AGAIN}`,
      [clusterId, JSON.stringify(wanted)],
    )
  }
  const { rowCount } = await client.query(
    `UPDATE finding SET ${resolved()}
     WHERE cluster_id = $1 AND kind IN ('MISSING', 'MISSING_SNAPSHOT') AND state <> 'RESOLVED'
       AND NOT EXISTS (SELECT 1 FROM volume WHERE volume.id = subject AND volume.state = 'MISSING')
       AND NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.id = subject AND snapshot.state = 'MISSING')`,
    [clusterId],
  )
  return rows.length + (rowCount ?? 0)
}
