import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { BegunPoll } from './begun-poll.ts'

/** The first eight parameters of whatever writes a poll's figures into the ledger. */
export function figuresOf(poll: BegunPoll, statistics: ClusterStatistics): unknown[] {
  return [
    poll.clusterId,
    statistics.effectiveBytes,
    statistics.usedBytes,
    statistics.freeBytes,
    statistics.provisionedBytes,
    statistics.maxReplicas,
    poll.startedAt,
    poll.sequence,
  ]
}
