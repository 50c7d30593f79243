import type { FindingAction } from '@flotilla/core/findings/finding'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { resolved } from './history.ts'

/** Ends what was found about a volume that is no longer missing, and about its snapshots that went with it, with the events. */
export async function closeMissing(
  client: pg.ClientBase,
  { id, clusterId }: Volume,
  action: FindingAction,
  actor: string,
): Promise<void> {
  await client.query(
    `UPDATE finding SET ${resolved(action, '$2')}
     WHERE volume_id = $1 AND kind <> 'FOREIGN' AND state <> 'RESOLVED'
       AND NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.id = finding.subject AND snapshot.state = 'MISSING')`,
    [id, actor],
  )
  await appendEvents(client, {
    CLUSTER_CHANGED: [clusterId],
    VOLUME_CHANGED: [id],
    FINDINGS_CHANGED: [clusterId],
  })
}
