import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type pg from 'pg'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { readHeld } from '../volumes/read-held.ts'
import { FOUND_AGAIN, resolved } from './history.ts'
import { digestOf, storedPicture } from './stored-picture.ts'

/** Rows of one statement, so that a cluster full of foreign volumes makes no statement of 100 MB. */
const ROWS_AT_ONCE = 5_000

/**
 * One finding for each volume that is not ours; only those that came, went or changed are written. What was adopted since the poll was
 * written is ours.
 *
 * @returns how many were
 */
export async function writeForeign(
  client: pg.ClientBase,
  { clusterId }: BegunPoll,
  foreign: readonly BackendVolume[],
): Promise<number> {
  const { rows: known } = await client.query<{ subject: string; digest: string }>(
    `SELECT subject, digest FROM finding WHERE cluster_id = $1 AND kind = 'FOREIGN' AND state <> 'RESOLVED'`,
    [clusterId],
  )
  const digests = new Map(known.map(({ subject, digest }) => [subject, digest]))
  const unlike = foreign.map(toRow).filter(({ subject, digest }) => digests.get(subject) !== digest)
  const subjects = unlike.map(({ subject }) => subject)
  const held = new Set((await readHeld(client, [clusterId], subjects)).map(({ backendId }) => backendId))
  const differing = unlike.filter(({ subject }) => !held.has(subject))
  for (let start = 0; start < differing.length; start += ROWS_AT_ONCE) {
    await client.query(
      `INSERT INTO finding (id, cluster_id, kind, subject, name, observed, digest)
       SELECT id, $1, 'FOREIGN', subject, name, observed, digest
       FROM jsonb_to_recordset($2::jsonb) AS row(id text, subject text, name text, observed jsonb, digest text)
       ${FOUND_AGAIN}`,
      [clusterId, JSON.stringify(differing.slice(start, start + ROWS_AT_ONCE))],
    )
  }
  const present = new Set(foreign.map(({ backendId }) => backendId))
  const gone = known.flatMap(({ subject }) => (present.has(subject) ? [] : [subject]))
  if (gone.length > 0) {
    await client.query(
      `UPDATE finding SET ${resolved()} WHERE cluster_id = $1 AND kind = 'FOREIGN' AND subject = ANY ($2)`,
      [clusterId, gone],
    )
  }
  return differing.length + gone.length
}

function toRow(volume: BackendVolume) {
  const observed = { ...storedPicture(volume), state: volume.state }
  return {
    id: uuidIds.next('Finding'),
    subject: volume.backendId,
    name: volume.name,
    observed,
    digest: digestOf(JSON.stringify(observed)),
  }
}
