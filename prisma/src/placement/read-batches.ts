import type { ClusterId, DecisionId, VolumeId } from '@flotilla/core/identity/ids'
import type { FleetState } from '@flotilla/core/placement/fleet-state'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'
import { storedCandidates, storedPolicy } from './stored-candidates.ts'
import { storedGroups } from './stored-groups.ts'
import { readView } from './stored-view.ts'

/** One row of `placement_decision`. */
export interface DecisionRow {
  readonly id: DecisionId
  readonly hop: number
  readonly batch_id: string
  readonly position: number
  readonly volume_id: VolumeId
  readonly size_bytes: bigint
  readonly replicas: number
  readonly excluded_cluster_ids: ClusterId[]
  readonly grows_on: ClusterId | null
  readonly pinned_to: ClusterId | null
  readonly placement_group: string | null
  readonly policy_name: string
  readonly policy_revision: number
  readonly cluster_id: ClusterId | null
  readonly decided_at: Date
  readonly details_removed_at: Date | null
}

/** What a batch saw before its first decision, and its decisions in order. */
export interface BatchHistory extends FleetState {
  readonly id: string
  readonly policy: PlacementPolicy
  readonly rows: readonly DecisionRow[]
}

interface BatchRow {
  id: string
  candidates: unknown
  policy: unknown
  fleet: unknown
  view_policy: unknown
  changes: unknown
  groups: unknown
  decided_at: Date
}

/** Batches in whichever form they were stored, by id. One whose details have been removed is not among them. */
export async function readBatches(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<ReadonlyMap<string, BatchHistory>> {
  if (ids.length === 0) return new Map()
  const [batches, members] = await Promise.all([
    pool.query<BatchRow>(
      `SELECT batch.id, candidates, batch.policy, view.fleet, view.policy AS view_policy, changes, groups, decided_at
       FROM placement_batch AS batch LEFT JOIN placement_view AS view ON view.id = view_id
       WHERE batch.id = ANY ($1)`,
      [ids],
    ),
    pool.query<DecisionRow>('SELECT * FROM placement_decision WHERE batch_id = ANY ($1) ORDER BY position', [
      ids,
    ]),
  ])
  const rowsByBatch = Map.groupBy(members.rows, (row) => row.batch_id)
  return new Map(
    batches.rows.map((batch) => {
      const rows = rowsByBatch.get(batch.id) ?? []
      return [batch.id, toHistory(batch, rows)]
    }),
  )
}

function toHistory(batch: BatchRow, rows: readonly DecisionRow[]): BatchHistory {
  return {
    id: batch.id,
    candidates: batch.candidates ? storedCandidates(batch.candidates) : readView(batch.fleet, batch.changes),
    policy: storedPolicy(batch.policy ?? batch.view_policy),
    groups: storedGroups(batch.groups),
    nowMs: batch.decided_at.getTime(),
    rows,
  }
}

export function toRequest(row: DecisionRow): PlacementRequest {
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
