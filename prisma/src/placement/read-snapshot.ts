import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'
import { LEDGER_COLUMNS, type LedgerRow, toFigures } from './ledger-row.ts'

/** The fleet at one moment, under the placement lock. */
export interface Snapshot {
  readonly candidates: readonly Candidate[]
  /** Number of the poll that each cluster's figures come from; the write looks whether it is still the same. */
  readonly sequences: ReadonlyMap<ClusterId, bigint>
  /** The database's clock; placement's own would differ from server to server. */
  readonly now: Date
}

/** A row of nothing but the time, where there are no clusters. */
interface ClockRow {
  now: Date
  id: null
}

interface SnapshotRow extends LedgerRow {
  now: Date
  id: ClusterId
  name: string
  admin_state: Candidate['adminState']
  connection: Candidate['connection']
  health: Candidate['health']
  labels: Readonly<Record<string, string>>
  created_at: Date
  ledger_id: ClusterId | null
}

type Fleet = readonly (SnapshotRow | ClockRow)[]

export async function readFleet(client: pg.ClientBase): Promise<Fleet> {
  const { rows } = await client.query<SnapshotRow | ClockRow>(
    `SELECT now, id, name, admin_state, connection, health, labels, created_at, cluster_id AS ledger_id, ${LEDGER_COLUMNS}
     FROM (SELECT clock_timestamp()::timestamptz(3) AS now) AS clock
       LEFT JOIN cluster ON detached_at IS NULL
       LEFT JOIN cluster_capacity AS capacity ON capacity.cluster_id = cluster.id`,
  )
  return rows
}

export async function readSnapshot(client: pg.ClientBase, policy: PlacementPolicy): Promise<Snapshot> {
  return toSnapshot(client, await readFleet(client), policy)
}

/**
 * Reads what the policy asks for besides the fleet.
 *
 * @param shadow decides on the same view; where only it limits volumes or shares placements, these are read for it, and
 *   where both share, the window is the active policy's
 */
export async function toSnapshot(
  client: pg.ClientBase,
  rows: Fleet,
  policy: PlacementPolicy,
  shadow: PlacementPolicy | null = null,
): Promise<Snapshot> {
  const maxVolumesPerCluster = policy.maxVolumesPerCluster ?? shadow?.maxVolumesPerCluster ?? null
  const share = policy.share ?? shadow?.share ?? null
  const members = rows.filter((row) => row.id !== null)
  const unseen = maxVolumesPerCluster === null ? NONE_UNSEEN : await countUnseen(client)
  const recent = share === null ? NOTHING_RECENT : await sumRecent(client, share.windowMs)
  const [tick] = rows
  if (!tick) throw new Error('the database told no time')
  return {
    candidates: members.map((row) => toCandidate(row, unseen.get(row.id) ?? 0, recent.get(row.id) ?? 0n)),
    sequences: new Map(members.filter((row) => row.ledger_id !== null).map((row) => [row.id, row.sequence])),
    now: tick.now,
  }
}

const NONE_UNSEEN: ReadonlyMap<ClusterId, number> = new Map()

/**
 * Our volumes that no inventory contains yet, as far as they are still promised. Only for a policy that limits their number;
 * the index `volume_unseen` has the same condition, so that what is gone for good is not looked at.
 */
async function countUnseen(client: pg.ClientBase): Promise<ReadonlyMap<ClusterId, number>> {
  const { rows } = await client.query<{ cluster_id: ClusterId; count: number }>(
    `SELECT cluster_id, count(*)::int AS count FROM volume
     WHERE observed_bytes = 0 AND state NOT IN ('DELETED', 'FAILED', 'MISSING', 'RELEASED') GROUP BY cluster_id`,
  )
  return new Map(rows.map((row) => [row.cluster_id, row.count]))
}

const NOTHING_RECENT: ReadonlyMap<ClusterId, bigint> = new Map()

/**
 * What was placed on each cluster in the last while, in the size that was placed, whatever has become of it; neither growth nor adoption
 * is a placement. Only for a policy that shares: it looks at each volume that was placed within the window, under the lock.
 */
async function sumRecent(client: pg.ClientBase, windowMs: number): Promise<ReadonlyMap<ClusterId, bigint>> {
  const { rows } = await client.query<{ cluster_id: ClusterId; bytes: string }>(
    `SELECT volume.cluster_id, sum(decision.size_bytes * decision.replicas)::text AS bytes
     FROM volume JOIN placement_decision AS decision ON decision.id = decision_id AND decision.cluster_id = volume.cluster_id
     WHERE created_at > clock_timestamp() - $1 * interval '1 ms' GROUP BY volume.cluster_id`,
    [windowMs],
  )
  return new Map(rows.map((row) => [row.cluster_id, BigInt(row.bytes)]))
}

function toCandidate(row: SnapshotRow, unseenVolumes: number, recentBytes: bigint): Candidate {
  return {
    clusterId: row.id,
    clusterName: row.name,
    adminState: row.admin_state,
    connection: row.connection,
    health: row.health,
    labels: row.labels,
    joinedAtMs: row.created_at.getTime(),
    recentBytes,
    figures: row.ledger_id === null ? null : toFigures(row, unseenVolumes),
  }
}
