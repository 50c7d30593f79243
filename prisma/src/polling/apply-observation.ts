import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { Observation } from '@flotilla/core/polling/observation'
import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { prepared } from '../database/prepared.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from './begun-poll.ts'
import { figuresOf } from './figures-of.ts'
import { finishClusterOperations } from './finish-cluster-operations.ts'
import { isOvertaken, lockPolledCluster } from './lock-polled-cluster.ts'
import type { MatchedVolumes } from './match-volumes.ts'
import { writeInventory } from './write-inventory.ts'

const RACES_RETRIED = 5

export interface AppliedObservation {
  /** STALE: a later poll has ended, or the way to the cluster is another one by now. FOREIGN_IDENTITY and DUPLICATE: nothing it said is used. */
  readonly outcome: 'APPLIED' | 'STALE' | 'DETACHED' | 'FOREIGN_IDENTITY' | 'DUPLICATE'
  /** Deleted volumes and snapshots of ours that the cluster still (or again) holds; they are to be reconciled. */
  readonly leftovers: readonly VolumeId[]
  readonly leftoverSnapshots: readonly SnapshotId[]
  /** Volumes with names of ours that the records do not expect on this cluster; counted as foreign and left alone. */
  readonly strays: readonly VolumeId[]
  /** Null when nothing of an inventory was used. */
  readonly seen: MatchedVolumes | null
}

/** From the begin of a poll to that of the next one, and to that of the next one with an inventory. */
export interface NextLooks {
  readonly pollInMs: number
  readonly inventoryInMs: number
  /** How long a cluster that goes away and comes back again and again must have answered before it counts as connected. */
  readonly steadyMs: number
}

/**
 * Writes what a poll saw in one transaction: figures, our volumes by difference, pending bytes recomputed under the
 * ledger row's lock, and the events. What a later poll has overtaken is dropped, whatever came of that one.
 */
export function applyObservation(
  database: Database,
  poll: BegunPoll,
  observation: Observation,
  next: NextLooks,
): Promise<AppliedObservation> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const cluster = await lockPolledCluster(client, poll)
      if (!cluster || cluster.detached_at) return nothingUsed('DETACHED')
      if (isOvertaken(cluster, poll)) return nothingUsed('STALE')
      const identity = observation.statistics.identity.backendId
      if (cluster.backend_id !== null && cluster.backend_id !== identity) {
        await quarantine(
          client,
          poll,
          `answers as cluster ${identity}, was registered as ${cluster.backend_id}`,
        )
        await finishClusterOperations(client, poll, {
          code: 'IDENTITY_CHANGED',
          message: `it answers as another cluster, ${identity}`,
        })
        return nothingUsed('FOREIGN_IDENTITY')
      }
      const twin = cluster.backend_id === null ? await findTwin(client, poll, identity) : null
      if (twin) {
        await quarantine(client, poll, `is the same cluster as ${twin}`)
        await finishClusterOperations(client, poll, {
          code: 'DUPLICATE_CLUSTER',
          message: `it is in the fleet already, as "${twin}"`,
        })
        return nothingUsed('DUPLICATE')
      }
      await Promise.all([
        writeCluster(client, poll, observation, next),
        appendEvents(client, { CLUSTER_CHANGED: [poll.clusterId] }),
        finishClusterOperations(client, poll, null, observation.inventory !== null),
      ])
      const { statistics, inventory } = observation
      if (inventory) {
        const last = {
          mismatchedPolls: cluster.mismatched_polls ?? 0,
          provisionedBytes: cluster.provisioned_bytes,
          reportedBytes: cluster.reported_bytes,
        }
        const written = await writeInventory(client, poll, statistics, inventory, last)
        return { outcome: 'APPLIED', ...written }
      }
      await writeStatistics(client, poll, statistics)
      return { outcome: 'APPLIED', leftovers: [], leftoverSnapshots: [], strays: [], seen: null }
    }),
  )
}

function nothingUsed(outcome: AppliedObservation['outcome']): AppliedObservation {
  return { outcome, leftovers: [], leftoverSnapshots: [], strays: [], seen: null }
}

async function findTwin(client: pg.ClientBase, poll: BegunPoll, identity: string): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM cluster WHERE driver = $1 AND backend_id = $2 AND detached_at IS NULL',
    [poll.driver, identity],
  )
  return rows[0]?.name ?? null
}

async function quarantine(client: pg.ClientBase, poll: BegunPoll, reason: string): Promise<void> {
  await client.query(
    `UPDATE cluster SET connection = 'QUARANTINED', connection_error = $2, ended_sequence = $3,
            connection_since = CASE connection WHEN 'QUARANTINED' THEN connection_since ELSE clock_timestamp() END
     WHERE id = $1`,
    [poll.clusterId, reason, poll.sequence],
  )
  await appendEvents(client, { CLUSTER_CHANGED: [poll.clusterId] })
}

/** It was lost again soon after it had come back, and has not answered for long enough since. */
const IS_UNSTEADY = `connection = 'DISCONNECTED' AND watched_until > clock_timestamp()`
const UNSTEADY =
  'answers again, but is lost again and again; it counts as connected once it has answered for a while'

const WRITE_CLUSTER = prepared(
  `UPDATE cluster SET
     connection = CASE WHEN ${IS_UNSTEADY} THEN connection ELSE 'CONNECTED' END,
     connection_error = CASE WHEN ${IS_UNSTEADY} THEN $12 END, poll_failures = 0,
     connection_since = CASE WHEN connection = 'CONNECTED' OR ${IS_UNSTEADY} THEN connection_since ELSE clock_timestamp() END,
     watched_until = CASE WHEN connection = 'DISCONNECTED' AND NOT coalesce(${IS_UNSTEADY}, false)
                          THEN clock_timestamp() + make_interval(secs => $13::float8 / 1000) ELSE watched_until END,
     backend_id = $2, version = $3, health = $4, health_message = $5, nodes = $6::jsonb, data_path = $11::jsonb,
     accepted_key_id = $14, ended_sequence = $15,
     next_poll_at = $7::timestamptz + make_interval(secs => $8::float8 / 1000),
     inventory_due_at = CASE WHEN $9::boolean THEN $7::timestamptz + make_interval(secs => $10::float8 / 1000)
                             WHEN $16::boolean THEN least(inventory_due_at, $7) ELSE inventory_due_at END
   WHERE id = $1`,
)

async function writeCluster(
  client: pg.ClientBase,
  poll: BegunPoll,
  { statistics, inventory, isInventoryOwed, acceptedKeyId }: Observation,
  next: NextLooks,
): Promise<void> {
  await client.query(
    WRITE_CLUSTER([
      poll.clusterId,
      statistics.identity.backendId,
      statistics.identity.version,
      statistics.health,
      statistics.healthMessage,
      JSON.stringify(statistics.nodes),
      poll.startedAt,
      next.pollInMs,
      inventory !== null,
      next.inventoryInMs,
      statistics.dataPath && JSON.stringify(statistics.dataPath),
      UNSTEADY,
      next.steadyMs,
      acceptedKeyId,
      poll.sequence,
      isInventoryOwed,
    ]),
  )
}

/** Without an inventory the promised figures stay as they are. */
async function writeStatistics(
  client: pg.ClientBase,
  poll: BegunPoll,
  statistics: ClusterStatistics,
): Promise<void> {
  await client.query(
    `UPDATE cluster_capacity SET effective_bytes = $2, used_bytes = $3, free_bytes = $4, reported_bytes = $5,
            max_replicas = $6, observed_at = $7, sequence = $8,
            provisioned_ratio = (provisioned_bytes + pending_bytes)::float8 / nullif($2::bigint, 0)
     WHERE cluster_id = $1`,
    figuresOf(poll, statistics),
  )
}
