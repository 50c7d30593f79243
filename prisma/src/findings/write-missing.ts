import type { FindingKind } from '@flotilla/core/findings/finding'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { FOUND_AGAIN, resolved } from './history.ts'
import { WANTED } from './wanted-picture.ts'

interface Lost {
  readonly subject: string
  readonly kind: FindingKind
  readonly volume_id: VolumeId
}

const FIND_LOST = prepared(
  `SELECT subject, kind, volume_id FROM (
     SELECT id AS subject, 'MISSING' AS kind, id AS volume_id FROM volume WHERE cluster_id = $1 AND state = 'MISSING'
     UNION ALL SELECT id, 'MISSING_SNAPSHOT', volume_id FROM snapshot WHERE cluster_id = $1 AND state = 'MISSING') AS lost
   WHERE NOT EXISTS (
     SELECT 1 FROM finding WHERE finding.cluster_id = $1 AND finding.kind = lost.kind AND finding.subject = lost.subject
       AND finding.state <> 'RESOLVED')`,
)
const RESOLVE_FOUND = prepared(
  `UPDATE finding SET ${resolved()}
   WHERE cluster_id = $1 AND kind IN ('MISSING', 'MISSING_SNAPSHOT') AND state <> 'RESOLVED'
     AND NOT EXISTS (SELECT 1 FROM volume WHERE volume.id = subject AND volume.state = 'MISSING')
     AND NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.id = subject AND snapshot.state = 'MISSING')`,
)

/**
 * One finding for each volume and snapshot of ours that is MISSING, for as long as it is. Whether one is, the poll's own
 * transaction has said; what somebody is deleting or forgetting at this moment is waited for. @returns how many were written
 */
export async function writeMissing(client: pg.ClientBase, { clusterId }: BegunPoll): Promise<number> {
  const { rows } = await client.query<Lost>(FIND_LOST([clusterId]))
  let found = 0
  if (rows.length > 0) {
    await lockLost(client, rows)
    const wanted = rows.map(({ subject, kind }) => ({ id: uuidIds.next('Finding'), subject, kind }))
    const written = await client.query(
      `INSERT INTO finding (id, cluster_id, kind, subject, name, volume_id, wanted, written)
       SELECT row.id, $1, kind, subject, coalesce(snapshot.backend_name, volume.backend_name), volume.id,
              CASE WHEN snapshot.id IS NULL THEN ${WANTED} END, CASE WHEN snapshot.id IS NULL THEN volume.written END
       FROM jsonb_to_recordset($2::jsonb) AS row(id text, subject text, kind text)
         LEFT JOIN snapshot ON snapshot.id = subject
         JOIN volume ON volume.id = coalesce(snapshot.volume_id, subject)
       WHERE coalesce(snapshot.state, volume.state) = 'MISSING'
       ${FOUND_AGAIN}`,
      [clusterId, JSON.stringify(wanted)],
    )
    found = written.rowCount ?? 0
  }
  const { rowCount } = await client.query(RESOLVE_FOUND([clusterId]))
  return found + (rowCount ?? 0)
}

/** Whoever ends what is found about one of them comes before or after; as every writer, volumes before snapshots. */
async function lockLost(client: pg.ClientBase, lost: readonly Lost[]): Promise<void> {
  const volumeIds = lost.map((row) => row.volume_id)
  const subjects = lost.map(({ subject }) => subject)
  await client.query('SELECT 1 FROM volume WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE', [volumeIds])
  await client.query('SELECT 1 FROM snapshot WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE', [subjects])
}
