import type { CandidateFigures } from '@flotilla/core/placement/candidate'

/** What placement reads of `cluster_capacity`. */
export interface LedgerRow {
  provisioned_bytes: bigint
  pending_bytes: bigint
  effective_bytes: bigint
  free_bytes: bigint
  max_replicas: number
  volume_count: number
  observed_at: Date
  /** Number of the poll that the figures come from. */
  sequence: bigint
}

export const LEDGER_COLUMNS =
  'provisioned_bytes, pending_bytes, effective_bytes, free_bytes, max_replicas, volume_count, observed_at, sequence'

/** @param unseenVolumes volumes of ours that the row's count does not contain yet */
export function toFigures(row: LedgerRow, unseenVolumes: number): CandidateFigures {
  return {
    provisionedBytes: row.provisioned_bytes,
    pendingBytes: row.pending_bytes,
    effectiveBytes: row.effective_bytes,
    freeBytes: row.free_bytes,
    maxReplicas: row.max_replicas,
    volumeCount: row.volume_count + unseenVolumes,
    observedAtMs: row.observed_at.getTime(),
  }
}
