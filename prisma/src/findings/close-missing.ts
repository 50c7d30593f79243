import type { FindingAction } from '@flotilla/core/findings/finding'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { resolved } from './history.ts'

/** Ends what was found about a volume that is no longer missing, with the events of both. */
export async function closeMissing(
  client: pg.ClientBase,
  { id, clusterId }: Volume,
  action: FindingAction,
  actor: string,
): Promise<void> {
  await client.query(
    `UPDATE finding SET ${resolved(action, '$2')} WHERE volume_id = $1 AND kind <> 'FOREIGN' AND state <> 'RESOLVED'`,
    [id, actor],
  )
  await appendEvents(client, {
    CLUSTER_CHANGED: [clusterId],
    VOLUME_CHANGED: [id],
    FINDINGS_CHANGED: [clusterId],
  })
}
