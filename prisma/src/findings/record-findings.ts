import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { prepared } from '../database/prepared.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import type { MatchedVolumes } from '../polling/match-volumes.ts'
import { lockFindings } from './lock-findings.ts'
import { revertDrift } from './revert-drift.ts'
import { digestOf, storedPicture } from './stored-picture.ts'
import { writeChanged } from './write-changed.ts'
import { writeForeign } from './write-foreign.ts'
import { writeMissing } from './write-missing.ts'

const RACES_RETRIED = 5

const NOTE = prepared('UPDATE cluster_findings SET sequence = $2, digest = $3 WHERE cluster_id = $1')

/**
 * Writes what an inventory has otherwise than our records, in a transaction of its own after the poll's, so that no
 * placement waits for it. An inventory that says the same as the last one is not gone through, unless we have written otherwise to a
 * volume that differed; what is lost in a crash is found by the next. One event tells that findings of the cluster have changed, however many.
 *
 * @returns volumes that are to be put back
 */
export function recordFindings(
  database: Database,
  poll: BegunPoll,
  seen: MatchedVolumes,
): Promise<readonly VolumeId[]> {
  const digest = digestOf(...lines('f', seen.foreign), ...lines('o', seen.ours.values()))
  const { clusterId } = poll
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const state = (await lockFindings(client, [clusterId])).get(clusterId)
      if (!state || state.sequence >= poll.sequence) return []
      let written = await writeMissing(client, poll)
      let known: string | null = digest
      const isAsBefore = state.digest === digest
      if (!isAsBefore) written += await writeForeign(client, poll, seen.foreign)
      if (!isAsBefore || (await isWrittenAnew(client, clusterId))) {
        const changed = await writeChanged(client, poll, seen.ours)
        written += changed.written
        if (changed.isPartial) known = null
      }
      const reverting = await revertDrift(client, clusterId)
      await client.query(NOTE([clusterId, poll.sequence, known]))
      if (written + reverting.length > 0) await appendEvents(client, { FINDINGS_CHANGED: [clusterId] })
      return reverting
    }),
  )
}

const FIND_WRITTEN_ANEW = prepared(
  `SELECT 1 FROM finding JOIN volume ON volume.id = subject
   WHERE finding.cluster_id = $1 AND kind = 'CHANGED' AND finding.state <> 'RESOLVED' AND volume.written <> finding.written
   LIMIT 1`,
)

/** Whether a change of ours may have ended a difference without a trace in the inventory: what was asked for was there already. */
async function isWrittenAnew(client: pg.ClientBase, clusterId: ClusterId): Promise<boolean> {
  const { rowCount } = await client.query(FIND_WRITTEN_ANEW([clusterId]))
  return rowCount === 1
}

function* lines(
  mark: string,
  volumes: Iterable<Parameters<typeof storedPicture>[0] & { backendId: string; state: string }>,
) {
  for (const volume of volumes)
    yield `${mark}${volume.backendId}${volume.state}${JSON.stringify(storedPicture(volume))}`
}
