import type { VolumeId } from '@flotilla/core/identity/ids'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type pg from 'pg'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { FOUND_AGAIN, resolved } from './history.ts'
import { digestOf, storedPicture } from './stored-picture.ts'
import { WANTED } from './wanted-picture.ts'

/** What was never written down, as views of former times lack the access, is taken as it is seen. */
const WRITTEN = '(picture || volume.written)'

const SEEN = `jsonb_to_recordset($2::jsonb) AS seen(id text, finding_id text, picture jsonb, digest text)`

/** By its cluster as well: by id alone the whole fleet is read, as nobody knows how few these are. */
const IS_SEEN = 'volume.cluster_id = $1 AND volume.id = seen.id'

/** At rest since before the poll began, so that what it saw is no step of our own. */
const AT_REST = `volume.state = 'AVAILABLE' AND acknowledged_at < $3`

/**
 * One finding for each volume of ours that looks otherwise than we have last written it. What was never written down, for
 * a volume from before findings, is taken as it is.
 *
 * @returns how many findings were written, and whether some volumes were at work and are to be looked at again
 */
export async function writeChanged(
  client: pg.ClientBase,
  { clusterId, startedAt }: BegunPoll,
  ours: ReadonlyMap<VolumeId, BackendVolume>,
): Promise<{ written: number; isPartial: boolean }> {
  const seen = JSON.stringify([...ours].map(toRow))
  const { rows } = await client.query<{ at_work: number; written: number }>(
    `WITH seen AS MATERIALIZED (SELECT * FROM ${SEEN}),
     pictured AS (
       UPDATE volume SET written = coalesce(${WRITTEN}, picture), observed_name = nullif(picture ->> 'name', backend_name)
       FROM seen WHERE ${IS_SEEN} AND ${AT_REST}
         AND (written IS NULL OR NOT written ? 'access' OR observed_name IS DISTINCT FROM nullif(picture ->> 'name', backend_name))
         AND (leased_until IS NULL OR leased_until < clock_timestamp())),
     differing AS (
       SELECT seen.*, ${WANTED} AS wanted, ${WRITTEN} AS written
       FROM seen JOIN volume ON ${IS_SEEN} WHERE ${AT_REST} AND ${WRITTEN} <> picture),
     found AS (
       INSERT INTO finding (id, cluster_id, kind, subject, name, volume_id, wanted, written, observed, digest)
       SELECT finding_id, $1, 'CHANGED', differing.id, picture ->> 'name', differing.id, wanted, written, picture, digest
       FROM differing WHERE NOT EXISTS (
         SELECT 1 FROM finding AS known WHERE known.cluster_id = $1 AND kind = 'CHANGED' AND subject = differing.id
           AND known.state <> 'RESOLVED' AND known.digest = differing.digest AND known.wanted = differing.wanted
           AND known.written = differing.written)
       ${FOUND_AGAIN} RETURNING 1),
     settled AS (
       UPDATE finding SET ${resolved()} FROM volume
       WHERE finding.cluster_id = $1 AND kind = 'CHANGED' AND finding.state <> 'RESOLVED' AND volume.id = subject
         AND (${AT_REST} AND EXISTS (SELECT 1 FROM seen WHERE seen.id = subject AND picture = ${WRITTEN})
              OR volume.state IN ('MISSING', 'DELETED', 'FAILED'))
       RETURNING 1)
     SELECT (SELECT count(*)::int FROM found) + (SELECT count(*)::int FROM settled) AS written,
            (SELECT count(*)::int FROM seen JOIN volume ON ${IS_SEEN}
             WHERE (${AT_REST} AND (leased_until IS NULL OR leased_until < clock_timestamp())) IS NOT TRUE) AS at_work`,
    [clusterId, seen, startedAt],
  )
  const [counts] = rows
  return { written: counts?.written ?? 0, isPartial: (counts?.at_work ?? 0) > 0 }
}

function toRow([id, volume]: [VolumeId, BackendVolume]) {
  const picture = storedPicture(volume)
  return { id, finding_id: uuidIds.next('Finding'), picture, digest: digestOf(JSON.stringify(picture)) }
}
