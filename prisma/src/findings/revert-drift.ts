import { differences, FINDING_ACTOR, type FindingAction } from '@flotilla/core/findings/finding'
import { isPutBack } from '@flotilla/core/findings/is-put-back'
import type { AccessChange, WantedHost } from '@flotilla/core/hosts/next-access'
import type { ClusterId, FindingId, VolumeId } from '@flotilla/core/identity/ids'
import { parsePolicyDocument } from '@flotilla/core/policies/policy-document'
import type { FormerProperties } from '@flotilla/core/volumes/volume-properties'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import { appendEvents } from '../events/append-events.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { historyWith } from './history.ts'
import { type StoredPicture, toPicture } from './stored-picture.ts'

interface DriftRow {
  hosts: readonly WantedHost[]
  id: FindingId
  volume_id: VolumeId
  size_bytes: bigint
  document: unknown
  written: StoredPicture
  observed: StoredPicture
}

const REVERTED: FindingAction = 'REVERTED'
const PUT_BACK: AccessChange = 'AS_WRITTEN'

/** SQL: the hosts that a row of `volume` has, as core's WantedHost. */
const ATTACHED_HOSTS = `coalesce((SELECT jsonb_agg(jsonb_build_object('nqn', nqn, 'addresses', addresses, 'mode', wanted_mode))
  FROM attachment JOIN host ON host.id = host_id WHERE volume_id = volume.id), '[]')`

const FIND_DRIFTED = prepared(
  `SELECT finding.id, volume_id, size_bytes, document, finding.written, finding.observed,
          ${ATTACHED_HOSTS} AS hosts
   FROM finding JOIN volume ON volume.id = volume_id
     JOIN policy ON policy.name = policy_name
     JOIN policy_revision AS revision ON revision.name = policy.name AND revision.revision = policy.current_revision
   WHERE finding.cluster_id = $1 AND kind = 'CHANGED' AND finding.state = 'OPEN'
     AND reverted_digest IS DISTINCT FROM finding.digest AND document ->> 'drift' = 'REVERT'
     AND volume.state = 'AVAILABLE' AND (leased_until IS NULL OR leased_until < clock_timestamp())
   FOR UPDATE OF volume SKIP LOCKED`,
)

/**
 * Has volumes that somebody changed put back, where their policy says so: once for each change, so that a cluster that
 * refuses is not asked for ever. A size that has grown stays, because cutting it off might destroy what was written since;
 * so do replicas, which no cluster changes on request, and hosts that others have let in by name.
 *
 * @returns the volumes that are to be reconciled
 */
export async function revertDrift(client: pg.ClientBase, clusterId: ClusterId): Promise<readonly VolumeId[]> {
  const { rows } = await client.query<DriftRow>(FIND_DRIFTED([clusterId]))
  const drifted = rows.filter(
    ({ document, written, observed, hosts }) =>
      parsePolicyDocument(document).policy?.drift === 'REVERT' &&
      isPutBack(toPicture(written), toPicture(observed), hosts),
  )
  for (const row of drifted) await startRevert(client, row)
  return drifted.map((row) => row.volume_id)
}

async function startRevert(client: pg.ClientBase, row: DriftRow): Promise<void> {
  const { written, observed } = row
  const isSmaller = BigInt(observed.sizeBytes) < row.size_bytes
  const operationId = uuidIds.next('Operation')
  await client.query(
    `WITH volume_at_work AS (
       UPDATE volume SET state = $2, former_properties = $3::jsonb, access_change = $8, observed_name = nullif($4, backend_name),
              revision = revision + 1, updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
       WHERE id = $1),
     noted AS (
       UPDATE finding SET reverted_digest = digest, updated_at = clock_timestamp(),
              history = ${historyWith(REVERTED, '$5', '$6')}
       WHERE id = $7)
     INSERT INTO operation (id, kind, state, volume_id, actor) VALUES ($6, 'REVERT_VOLUME', 'PENDING', $1, $5)`,
    [
      row.volume_id,
      isSmaller ? 'RESIZING' : 'UPDATING',
      JSON.stringify(formerOf(written, observed)),
      observed.name,
      FINDING_ACTOR,
      operationId,
      row.id,
      PUT_BACK,
    ],
  )
  await appendEvents(client, { VOLUME_CHANGED: [row.volume_id], OPERATION_CHANGED: [operationId] })
}

/** As a change of properties from what the cluster has: only what differs from what was written is asked for. */
function formerOf(written: StoredPicture, observed: StoredPicture): FormerProperties {
  const { compression, qosPolicy, labels } = observed
  const changed = differences(toPicture(written), toPicture(observed))
  return {
    ...(changed.includes('compression') && { compression }),
    ...(changed.includes('qosPolicy') && { qosPolicy }),
    ...(changed.includes('labels') && { labels }),
  }
}
