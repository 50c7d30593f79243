import { connectionAfter } from '@flotilla/core/polling/connection-after'
import type { DriverOutcome } from '@flotilla/core/ports/cluster-driver'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from './begun-poll.ts'
import { finishClusterOperations } from './finish-cluster-operations.ts'
import { isOvertaken, lockPolledCluster } from './lock-polled-cluster.ts'

const RACES_RETRIED = 5

export interface PollFailure {
  readonly outcome: DriverOutcome
  /** A driver's reason, UNAUTHORIZED for any refusal of the credential, or FAULT for an error of our own. */
  readonly reason: string
  readonly message: string
}

/**
 * Keeps the last figures with their age, and notes why there are no newer ones. What it means depends on what the cluster is by now, not
 * when the poll began. The failure of a poll that a later one has overtaken changes nothing, whatever came of that one.
 *
 * @param steadyMs as for `applyObservation`: each failure of a cluster that is watched begins that time anew
 */
export function recordPollFailure(
  database: Database,
  poll: BegunPoll,
  failure: PollFailure,
  nextPollInMs: number,
  steadyMs: number,
): Promise<void> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const cluster = await lockPolledCluster(client, poll)
      if (!cluster || cluster.detached_at || isOvertaken(cluster, poll)) return
      const before = { connection: cluster.connection, failures: cluster.poll_failures }
      const connection = connectionAfter(before, failure)
      await client.query(
        `UPDATE cluster SET
         connection = $2, connection_error = $3, poll_failures = poll_failures + 1, ended_sequence = $6,
         connection_since = CASE connection WHEN $2 THEN connection_since ELSE clock_timestamp() END,
         watched_until = CASE WHEN $2 = 'DISCONNECTED' AND watched_until > clock_timestamp()
                              THEN clock_timestamp() + make_interval(secs => $7::float8 / 1000) ELSE watched_until END,
         next_poll_at = $4::timestamptz + make_interval(secs => $5::float8 / 1000)
       WHERE id = $1`,
        [
          poll.clusterId,
          connection,
          connection === 'CONNECTED' ? null : failure.message,
          poll.startedAt,
          nextPollInMs,
          poll.sequence,
          steadyMs,
        ],
      )
      if (connection !== before.connection) await appendEvents(client, { CLUSTER_CHANGED: [poll.clusterId] })
      const code = connection === 'QUARANTINED' ? 'IDENTITY_CHANGED' : failure.reason
      await finishClusterOperations(client, poll, { code, message: failure.message })
    }),
  )
}
