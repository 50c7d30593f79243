import type { ClusterId, DecisionId, VolumeId } from '@flotilla/core/identity/ids'
import { chargeCandidates, chargeGroups } from '@flotilla/core/placement/charge'
import { membersOf } from '@flotilla/core/placement/group-counts'
import { placeVolume } from '@flotilla/core/placement/place-volume'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import type pg from 'pg'
import { storedCandidates, storedPolicy } from './stored-candidates.ts'
import { storedGroups } from './stored-groups.ts'

interface DecisionRow {
  id: DecisionId
  hop: number
  batch_id: string
  position: number
  volume_id: VolumeId
  size_bytes: bigint
  replicas: number
  excluded_cluster_ids: ClusterId[]
  grows_on: ClusterId | null
  pinned_to: ClusterId | null
  placement_group: string | null
  cluster_id: ClusterId | null
  decided_at: Date
}

interface BatchRow {
  id: string
  candidates: unknown
  policy: unknown
  groups: unknown
}

/**
 * The latest hop of each decision, with every candidate's verdict. Verdicts are not stored: they follow from what the
 * batch saw and the decisions before, and working them out again is the proof that the record replays (design.md 3, rule 5).
 *
 * @throws when a record replays to another cluster than it names
 */
export async function readDecisions(
  pool: pg.Pool,
  ids: readonly DecisionId[],
): Promise<readonly PlacementDecision[]> {
  const { rows: wanted } = await pool.query<DecisionRow>(
    'SELECT DISTINCT ON (id) * FROM placement_decision WHERE id = ANY ($1) ORDER BY id, hop DESC',
    [ids],
  )
  const batchIds = [...new Set(wanted.map((row) => row.batch_id))]
  const [batches, members] = await Promise.all([
    pool.query<BatchRow>('SELECT id, candidates, policy, groups FROM placement_batch WHERE id = ANY ($1)', [
      batchIds,
    ]),
    pool.query<DecisionRow>('SELECT * FROM placement_decision WHERE batch_id = ANY ($1) ORDER BY position', [
      batchIds,
    ]),
  ])
  const batchById = new Map(batches.rows.map((batch) => [batch.id, batch]))
  return wanted.map((row) => {
    const batch = batchById.get(row.batch_id)
    if (!batch) throw new Error(`the batch of decision ${row.id} is gone`)
    const before = members.rows.filter(
      (each) => each.batch_id === row.batch_id && each.position < row.position,
    )
    return replay(row, batch, before)
  })
}

function replay(row: DecisionRow, batch: BatchRow, before: readonly DecisionRow[]): PlacementDecision {
  const policy = storedPolicy(batch.policy)
  const charges = before.flatMap((each) =>
    each.cluster_id ? [{ request: toRequest(each), clusterId: each.cluster_id }] : [],
  )
  const candidates = chargeCandidates(storedCandidates(batch.candidates), charges)
  const request = toRequest(row)
  const members = membersOf(chargeGroups(storedGroups(batch.groups), charges), request)
  const nowMs = row.decided_at.getTime()
  const { clusterId, verdicts } = placeVolume(request, candidates, policy, nowMs, members)
  if (clusterId !== row.cluster_id) {
    throw new Error(`decision ${row.id} says ${row.cluster_id} but replays to ${clusterId}`)
  }
  return {
    id: row.id,
    volumeId: row.volume_id,
    sizeBytes: row.size_bytes,
    replicas: row.replicas,
    policyName: policy.name,
    policyRevision: policy.revision,
    clusterId,
    verdicts,
    hop: row.hop,
    decidedAt: row.decided_at,
  }
}

function toRequest(row: DecisionRow): PlacementRequest {
  return {
    volumeId: row.volume_id,
    sizeBytes: row.size_bytes,
    replicas: row.replicas,
    excludedClusterIds: row.excluded_cluster_ids,
    growsOn: row.grows_on,
    pinnedTo: row.pinned_to,
    group: row.placement_group,
  }
}
