import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { resolved } from './history.ts'

/** Ends what was found about a lost snapshot that somebody deletes, at once: the next inventory may be long in coming. */
export async function closeMissingSnapshot(
  client: pg.ClientBase,
  { id, clusterId }: Snapshot,
  actor: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE finding SET ${resolved('FORGOTTEN', '$3')}
     WHERE cluster_id = $1 AND kind = 'MISSING_SNAPSHOT' AND subject = $2 AND state <> 'RESOLVED'`,
    [clusterId, id, actor],
  )
  if (rowCount) await appendEvents(client, { FINDINGS_CHANGED: [clusterId] })
}
