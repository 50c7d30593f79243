import type { ClusterConnectionState } from '@flotilla/core/clusters/cluster'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import type { BegunPoll } from './begun-poll.ts'

/** What a poll finds when its end is written, whatever it began with. */
export interface PolledCluster {
  readonly backend_id: string | null
  readonly connection: ClusterConnectionState
  readonly poll_failures: number
  readonly detached_at: Date | null
  readonly access_revision: number
  /** Of the last poll that came to an end, whatever it was. */
  readonly ended_sequence: bigint
  readonly mismatched_polls: number | null
  readonly provisioned_bytes: bigint | null
  readonly reported_bytes: bigint | null
}

const LOCK = prepared('SELECT 1 FROM cluster WHERE id = $1 FOR UPDATE')
const READ = prepared(
  `SELECT backend_id, connection, poll_failures, detached_at, access_revision, mismatched_polls, provisioned_bytes,
          reported_bytes, greatest(ended_sequence, sequence) AS ended_sequence
   FROM cluster LEFT JOIN cluster_capacity ON cluster_id = id WHERE id = $1`,
)

/** Polls of one cluster take turns at its row, so its last poll's number can be read without the ledger row's lock. */
export async function lockPolledCluster(
  client: pg.ClientBase,
  poll: BegunPoll,
): Promise<PolledCluster | undefined> {
  const [, present] = await Promise.all([
    client.query(LOCK([poll.clusterId])),
    client.query<PolledCluster>(READ([poll.clusterId])),
  ])
  return present.rows[0]
}

/** Whether what this poll has come to is late: a later poll has ended, or the way to the cluster is another one by now. */
export function isOvertaken(cluster: PolledCluster, poll: BegunPoll): boolean {
  return cluster.access_revision !== poll.accessRevision || cluster.ended_sequence >= poll.sequence
}
