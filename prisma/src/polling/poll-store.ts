import type { ClusterConnectionState } from '@flotilla/core/clusters/cluster'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { KnownVolumes } from '@flotilla/core/polling/compact-volumes'
import { isQuiet } from '@flotilla/core/polling/is-quiet'
import type { Observation } from '@flotilla/core/polling/observation'
import { POLL_JITTER } from '@flotilla/core/polling/poll-schedule'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import { ACCESS_COLUMNS, type AccessRow, openAccess } from '../clusters/cluster-access.ts'
import type { Database } from '../database/connect.ts'
import { createInTurnLoader } from '../database/in-turn-loader.ts'
import { isDatabaseAway } from '../database/is-database-away.ts'
import { prepared } from '../database/prepared.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'
import { GONE } from '../volumes/gone.ts'
import { type AppliedObservation, applyObservation, type NextLooks } from './apply-observation.ts'
import { applyQuiet, type QuietPoll } from './apply-quiet.ts'
import type { BegunPoll } from './begun-poll.ts'
import { readKnownVolumes } from './read-known-volumes.ts'

interface BegunRow extends AccessRow {
  name: string
  driver: string
  connection: ClusterConnectionState
  poll_failures: number
  poll_sequence: bigint
  started_at: Date
  inventory_due: boolean
  further_projects: string[]
  accepted_key_id: string | null
  reported_bytes: bigint | null
  pending_bytes: bigint
}

/** Numbers a poll and puts the next one off, so that no two workers begin the same one. */
const BEGIN = `UPDATE cluster SET poll_sequence = cluster.poll_sequence + 1,
    next_poll_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000 * (1 - random() * ${POLL_JITTER}))
  FROM cluster AS before LEFT JOIN cluster_capacity AS capacity ON capacity.cluster_id = before.id
  WHERE cluster.id = before.id AND cluster.detached_at IS NULL AND`
const BEGIN_WITH_INVENTORY = BEGIN.replace(
  'SET',
  `SET inventory_due_at = least(cluster.inventory_due_at, date_trunc('milliseconds', clock_timestamp())),`,
)
/**
 * Farther ahead than the interval or a cluster's wish puts a poll off (`nextPollDelayMs`): the clock was set back since. Who waited for it to catch
 * up would show old figures as new ones.
 */
const IS_BEYOND =
  'cluster.next_poll_at > clock_timestamp() + make_interval(secs => 2 * greatest($2::float8 / 1000, 60))'
const BEGUN = `RETURNING ${ACCESS_COLUMNS}, cluster.name, cluster.driver, cluster.connection, cluster.poll_failures,
  cluster.accepted_key_id, cluster.poll_sequence, clock_timestamp()::timestamptz(3) AS started_at,
  cluster.inventory_due_at <= clock_timestamp() OR EXISTS (
    SELECT 1 FROM operation WHERE cluster_id = cluster.id AND kind = 'REFRESH_CLUSTER'
      AND state IN ('PENDING', 'RUNNING')) AS inventory_due,
  ARRAY(SELECT DISTINCT backend_project FROM volume WHERE cluster_id = cluster.id AND backend_project <> '${BACKEND_PROJECT}'
    AND (state NOT IN ${GONE} OR observed_bytes > 0 OR EXISTS (
      SELECT 1 FROM snapshot WHERE volume_id = volume.id
        AND (snapshot.state NOT IN ${GONE} OR snapshot.observed_state IS NOT NULL)))) AS further_projects,
  reported_bytes, pending_bytes - (
    SELECT coalesce(sum(greatest(0, size_bytes * replicas - observed_bytes)), 0)::bigint FROM volume
    WHERE cluster_id = cluster.id AND state = 'MISSING') AS pending_bytes`

const BEGIN_DUE = prepared(
  `${BEGIN} (cluster.next_poll_at <= clock_timestamp() OR ${IS_BEYOND}) AND abs(hashtext(cluster.id)::bigint) % $3 = $1 ${BEGUN}`,
)
const BEGIN_OVERDUE = prepared(
  `${BEGIN} (cluster.next_poll_at <= clock_timestamp() - make_interval(secs => $1::float8 / 1000) OR ${IS_BEYOND}) ${BEGUN}`,
)

export interface PollStore {
  /**
   * Begins a poll of every cluster of this shard that is due, or whose poll was put off by a clock that has been set back since. The next ones are
   * `nextInMs` later, less a random part of it, unless their end says otherwise; so a poll whose worker was killed is made up for soon.
   */
  beginDue(shard: { index: number; count: number }, nextInMs: number): Promise<readonly BegunPoll[]>
  /** Begins a poll of every cluster, of whatever shard, that has been due for longer than `overdueMs`, or was put off so. */
  beginOverdue(overdueMs: number, nextInMs: number): Promise<readonly BegunPoll[]>
  /**
   * Begins a poll of one cluster now; `null` when it is not in the fleet.
   *
   * @param readsInventory whether one is due by this; it stays so until one has been read
   */
  begin(clusterId: ClusterId, nextInMs: number, readsInventory: boolean): Promise<BegunPoll | null>
  /** Puts the poll after this one off, to `nextInMs` from now at least. Does nothing once it has been begun. */
  holdNext(poll: BegunPoll, nextInMs: number): Promise<void>
  /** What the records know of this cluster, to be told apart in a long inventory. */
  knownVolumes(clusterId: ClusterId): Promise<KnownVolumes>
  /** Writes what a poll saw; results of some milliseconds that tell nothing new are written together. */
  apply(poll: BegunPoll, observation: Observation, next: NextLooks): Promise<AppliedObservation>
}

/** Quiet polls wait so long for others, which is nothing against the interval between polls. */
const GATHER_MS = 50

export function createPollStore(database: Database, vault: Vault, serviceKeys: ServiceKeyStore): PollStore {
  const toPoll = (row: BegunRow): BegunPoll => ({
    clusterId: row.id,
    clusterName: row.name,
    driver: row.driver,
    openAccess: () => openAccess(vault, serviceKeys, row),
    accessRevision: row.access_revision,
    connection: row.connection,
    failures: row.poll_failures,
    acceptedKeyId: row.accepted_key_id,
    sequence: row.poll_sequence,
    startedAt: row.started_at,
    inventoryDue: row.inventory_due,
    furtherProjects: row.further_projects,
    last:
      row.reported_bytes === null
        ? null
        : { reportedBytes: row.reported_bytes, pendingBytes: row.pending_bytes },
  })

  const quietPolls = createInTurnLoader(GATHER_MS, (polls: readonly QuietPoll[]) =>
    applyQuiet(database, polls),
  )

  /** What one cluster says may be nothing that can be stored, and fails the statement for all: then each is looked at by itself. */
  const applyTogether = (quiet: QuietPoll): Promise<boolean> =>
    quietPolls.load(quiet).catch((error) => {
      if (isDatabaseAway(error)) throw error
      return false
    })

  return {
    async beginDue(shard, nextInMs) {
      const { rows } = await database.pool.query<BegunRow>(BEGIN_DUE([shard.index, nextInMs, shard.count]))
      return rows.map(toPoll)
    },

    async beginOverdue(overdueMs, nextInMs) {
      const { rows } = await database.pool.query<BegunRow>(BEGIN_OVERDUE([overdueMs, nextInMs]))
      return rows.map(toPoll)
    },

    async begin(clusterId, nextInMs, readsInventory) {
      const begin = readsInventory ? BEGIN_WITH_INVENTORY : BEGIN
      const { rows } = await database.pool.query<BegunRow>(`${begin} cluster.id = $1 ${BEGUN}`, [
        clusterId,
        nextInMs,
      ])
      return rows[0] ? toPoll(rows[0]) : null
    },

    async holdNext(poll, nextInMs) {
      await database.pool.query(
        `UPDATE cluster SET next_poll_at = greatest(next_poll_at, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
         WHERE id = $1 AND poll_sequence = $2`,
        [poll.clusterId, poll.sequence, nextInMs],
      )
    },

    knownVolumes: (clusterId) => readKnownVolumes(database, clusterId),

    async apply(poll, observation, next) {
      const { statistics } = observation
      const isApplied = isQuiet(poll, observation) && (await applyTogether({ poll, statistics }))
      return isApplied ? QUIET : applyObservation(database, poll, observation, next)
    },
  }
}

const QUIET: AppliedObservation = {
  outcome: 'APPLIED',
  leftovers: [],
  leftoverSnapshots: [],
  strays: [],
  seen: null,
}
