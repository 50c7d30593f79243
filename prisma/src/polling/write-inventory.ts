import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import { foreignClones } from '@flotilla/core/polling/foreign-clones'
import { type Inventory, provisionedShare } from '@flotilla/core/polling/observation'
import { isMismatchPossible, provisionedBytes } from '@flotilla/core/polling/provisioned-bytes'
import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { ownVolumeId } from '@flotilla/core/volumes/own-volume-id'
import type pg from 'pg'
import { lockLedger } from '../clusters/lock-ledger.ts'
import { prepared } from '../database/prepared.ts'
import { IS_GOING } from '../snapshots/wake-sources.ts'
import { GONE } from '../volumes/gone.ts'
import type { BegunPoll } from './begun-poll.ts'
import { figuresOf } from './figures-of.ts'
import { type MatchedVolumes, matchVolumes } from './match-volumes.ts'
import { matchSnapshots, writeSnapshots } from './write-snapshots.ts'

export interface WrittenInventory {
  /** Deleted or failed volumes that the cluster holds. */
  readonly leftovers: readonly VolumeId[]
  readonly leftoverSnapshots: readonly SnapshotId[]
  /** Volumes with names of ours that the records do not expect on this cluster. */
  readonly strays: readonly VolumeId[]
  /** What was seen, strays among the foreign ones. */
  readonly seen: MatchedVolumes
}

/** The ledger's figures as the poll before left them; null where it is the first one. */
export interface LastLook {
  readonly mismatchedPolls: number
  readonly provisionedBytes: bigint | null
  readonly reportedBytes: bigint | null
}

const SEEN = `seen AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($9::jsonb) AS row(
    id text, backend_id text, size_bytes bigint, bytes bigint, state text, protection text, access jsonb,
    foreign_snapshots int, foreign_clones int, is_clone boolean))`

/** Our volumes that the inventory has not, though it should: being made or unmade, or confirmed before the poll began. */
const IS_GONE = `(observed_bytes > 0 AND volume.state <> 'AVAILABLE' OR volume.state = 'AVAILABLE' AND acknowledged_at < $7)`

/** It has turned up again; what only bears its name was taken for it while it was being made anew, and that has come to nothing since. */
const IS_BACK = `volume.state = 'MISSING' AND coalesce(volume.backend_id = seen.backend_id, true)`

/** What our volumes there owe beyond this inventory; exact, as the ledger row is locked. */
const PENDING = `SELECT coalesce(sum(greatest(0, volume.size_bytes * replicas - CASE
      WHEN seen.id IS NOT NULL THEN seen.bytes WHEN ${IS_GONE} THEN 0 ELSE observed_bytes END)), 0)::bigint AS bytes
  FROM volume LEFT JOIN seen ON seen.id = volume.id
  WHERE cluster_id = $1 AND volume.state NOT IN ${GONE}`

const WRITE = prepared(`WITH ${SEEN},
  changed AS (
    UPDATE volume SET
      observed_bytes = seen.bytes, observed_size_bytes = seen.size_bytes, observed_state = seen.state,
      observed_protection = seen.protection, observed_at = $7, foreign_snapshot_count = seen.foreign_snapshots,
      foreign_clone_count = seen.foreign_clones, observed_clone = seen.is_clone,
      observed_access = CASE WHEN acknowledged_at < $7 THEN seen.access ELSE observed_access END,
      state = CASE WHEN ${IS_BACK} THEN 'AVAILABLE' ELSE volume.state END,
      next_reconcile_at = CASE WHEN volume.state IN ('DELETED', 'FAILED') THEN $7 ELSE next_reconcile_at END
    FROM seen
    WHERE volume.id = seen.id AND volume.cluster_id = $1 AND forgotten_at IS NULL
      AND (observed_bytes, observed_size_bytes, observed_state, observed_protection, observed_access,
           foreign_snapshot_count, foreign_clone_count, observed_clone, ${IS_BACK})
          IS DISTINCT FROM (seen.bytes, seen.size_bytes, seen.state, seen.protection, seen.access, seen.foreign_snapshots,
                            seen.foreign_clones, seen.is_clone, false)
    RETURNING volume.id, volume.state),
  gone AS (
    UPDATE volume SET
      observed_bytes = 0, observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, observed_access = NULL,
      foreign_snapshot_count = NULL, foreign_clone_count = NULL, observed_clone = NULL, observed_at = $7, state = CASE WHEN state = 'AVAILABLE' THEN 'MISSING' ELSE state END
    WHERE cluster_id = $1 AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.id = volume.id) AND ${IS_GONE}
    RETURNING id, source_snapshot_id),
  woken AS (
    UPDATE snapshot SET next_reconcile_at = clock_timestamp()
    WHERE id IN (SELECT source_snapshot_id FROM gone) AND ${IS_GOING}),
  stray AS (
    SELECT id FROM seen WHERE NOT EXISTS (
      SELECT 1 FROM volume WHERE volume.id = seen.id AND cluster_id = $1 AND forgotten_at IS NULL)),
  pending AS (${PENDING}),
  figures AS (
    INSERT INTO cluster_capacity AS capacity (cluster_id, effective_bytes, used_bytes, free_bytes, reported_bytes,
           max_replicas, observed_at, sequence, inventory_at, provisioned_bytes, mismatched_polls, volume_count,
           foreign_volume_count, pending_bytes, provisioned_ratio)
    SELECT $1, $2::bigint, $3, $4, $5, $6, $7, $8, $7, $10::bigint, $11, $12,
           $12::int - (SELECT count(*) FROM seen) + (SELECT count(*) FROM stray), pending.bytes,
           ($10::bigint + pending.bytes)::float8 / nullif($2::bigint, 0)
    FROM pending
    ON CONFLICT (cluster_id) DO UPDATE SET
      effective_bytes = excluded.effective_bytes, used_bytes = excluded.used_bytes, free_bytes = excluded.free_bytes,
      reported_bytes = excluded.reported_bytes, max_replicas = excluded.max_replicas,
      observed_at = excluded.observed_at, sequence = excluded.sequence, inventory_at = excluded.inventory_at,
      provisioned_bytes = excluded.provisioned_bytes, mismatched_polls = excluded.mismatched_polls,
      volume_count = excluded.volume_count, foreign_volume_count = excluded.foreign_volume_count,
      pending_bytes = excluded.pending_bytes, provisioned_ratio = excluded.provisioned_ratio),
  again AS (UPDATE cluster SET inventory_due_at = $7 WHERE id = $1 AND $13::boolean),
  logged AS (
    INSERT INTO event (kind, subject_id)
    SELECT 'VOLUME_CHANGED', id FROM changed UNION ALL SELECT 'VOLUME_CHANGED', id FROM gone)
  SELECT 'LEFTOVER' AS kind, id FROM changed WHERE state IN ('DELETED', 'FAILED')
  UNION ALL SELECT 'STRAY', id FROM stray`)

/**
 * Writes what a cluster has: our volumes and snapshots by difference, and the ledger's figures. The ledger row is locked first, then the
 * volumes, then the snapshots, as every writer does; placements wait for it, so what is written is sent at once, and ends the transaction.
 */
export async function writeInventory(
  client: pg.ClientBase,
  poll: BegunPoll,
  statistics: ClusterStatistics,
  inventory: Inventory,
  last: LastLook,
): Promise<WrittenInventory> {
  const { further } = inventory
  const present = inventory.volumes.filter((volume) => volume.state !== 'FAILED')
  const matched = await matchVolumes(client, poll, present)
  const snapshots = await matchSnapshots(client, poll, inventory.snapshots)
  const foreignSnapshots = sumOf(inventory.foreignSnapshots, snapshots.foreign)
  const adoptedClones = [...matched.ours.values()].filter(
    (volume) => volume.sourceSnapshotId !== null && !ownVolumeId(volume),
  )
  const clones = foreignClones([...matched.foreign, ...adoptedClones], inventory)
  const ours = JSON.stringify(
    [...matched.ours].map(([id, volume]) =>
      toSeenRow(id, volume, { ...inventory, foreignSnapshots }, clones),
    ),
  )
  const inventoryBytes = present.reduce(
    (sum, volume) => sum + provisionedShare(volume),
    further.provisionedBytes,
  )
  await lockLedger(client, [poll.clusterId])
  const pendingBytes = isMismatchPossible(inventoryBytes, statistics.provisionedBytes)
    ? await readPendingBytes(client, poll, ours)
    : 0n
  const provisioned = provisionedBytes(
    inventoryBytes,
    statistics.provisionedBytes,
    pendingBytes,
    last.mismatchedPolls,
  )
  const [{ rows }, leftoverSnapshots] = await Promise.all([
    client.query<{ kind: 'LEFTOVER' | 'STRAY'; id: VolumeId }>(
      WRITE([
        ...figuresOf(poll, statistics),
        ours,
        provisioned.bytes,
        provisioned.mismatchedPolls,
        present.length + further.count,
        isMoving(inventoryBytes, provisioned.bytes, statistics.provisionedBytes, last),
      ]),
    ),
    writeSnapshots(client, poll, snapshots.ours),
  ])
  const idsOf = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.id)
  const strays = idsOf('STRAY')
  return { leftovers: idsOf('LEFTOVER'), leftoverSnapshots, strays, seen: withoutStrays(matched, strays) }
}

function sumOf(
  counts: ReadonlyMap<string, number>,
  further: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const sum = new Map(counts)
  for (const [key, count] of further) sum.set(key, (sum.get(key) ?? 0) + count)
  return sum
}

/**
 * Whether something came or went between the inventory and the report. The next report may be the same, so the next poll
 * has to look again whatever it says; a difference that stays as it is is the cluster's own, and can wait.
 */
function isMoving(
  inventoryBytes: bigint,
  countedBytes: bigint,
  reportedBytes: bigint,
  last: LastLook,
): boolean {
  const isAsBefore = countedBytes === last.provisionedBytes && reportedBytes === last.reportedBytes
  return inventoryBytes !== reportedBytes && !isAsBefore
}

async function readPendingBytes(client: pg.ClientBase, poll: BegunPoll, ours: string): Promise<bigint> {
  const sql = PENDING.replaceAll('$7', '$2')
  const { rows } = await client.query<{ bytes: bigint }>(`WITH ${SEEN.replaceAll('$9', '$3')} ${sql}`, [
    poll.clusterId,
    poll.startedAt,
    ours,
  ])
  return rows[0]?.bytes ?? 0n
}

function withoutStrays({ ours, foreign }: MatchedVolumes, strays: readonly VolumeId[]): MatchedVolumes {
  if (strays.length === 0) return { ours, foreign }
  const expected = new Map(ours)
  const unexpected = strays.flatMap((id) => ours.get(id) ?? [])
  for (const id of strays) expected.delete(id)
  return { ours: expected, foreign: [...foreign, ...unexpected] }
}

function toSeenRow(
  id: VolumeId,
  volume: BackendVolume,
  { foreignSnapshots, sources }: Inventory,
  clones: ReadonlyMap<string, number>,
): object {
  return {
    id,
    backend_id: volume.backendId,
    size_bytes: volume.sizeBytes.toString(),
    bytes: provisionedShare(volume).toString(),
    state: volume.state,
    protection: volume.protection,
    access: volume.access,
    foreign_snapshots: foreignSnapshots.get(volume.backendId) ?? 0,
    foreign_clones: clones.get(volume.backendId) ?? 0,
    is_clone: volume.sourceSnapshotId !== null && sources.has(volume.sourceSnapshotId),
  }
}
