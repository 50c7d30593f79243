import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterId, OperationId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import { bulkCarryOut } from './jobs/bulk-carry-out.job.ts'
import { clusterPoll } from './jobs/cluster-poll.job.ts'
import { snapshotReconcile } from './jobs/snapshot-reconcile.job.ts'
import { VOLUMES_PER_JOB, volumeReconcile } from './jobs/volume-reconcile.job.ts'
import { openSender, type QueueConnection } from './kit.ts'

/** A queue that answers takes less. */
const LAST_SENDING_MS = 1_000

export interface JobClient extends JobQueue {
  /** Sends what has gathered, within a second, then closes. What a queue that is away does not take, the sweep finds. */
  close(): Promise<void>
}

/** All of this package that others may use: asking for work. Requests of one moment are sent together. */
export function createJobClient(connection: QueueConnection, onError: (error: Error) => void): JobClient {
  const reconcile = openSender(volumeReconcile, connection)
  const poll = openSender(clusterPoll, connection)
  const snapshot = openSender(snapshotReconcile, connection)
  const bulk = openSender(bulkCarryOut, connection)
  const volumeIds = new Set<VolumeId>()
  const snapshotIds = new Set<SnapshotId>()
  const pollNow = new Set<ClusterId>()
  const bulkIds = new Set<OperationId>()
  let sending: Promise<void> | null = null

  const send = async (): Promise<void> => {
    await new Promise(setImmediate)
    while (volumeIds.size + snapshotIds.size + pollNow.size + bulkIds.size > 0) {
      const polls = take(pollNow).map((clusterId) => ({ clusterId }))
      const bulks = take(bulkIds).map((operationId) => ({ operationId }))
      const snapshots = take(snapshotIds).map((snapshotId) => ({ snapshotId }))
      try {
        await reconcile.addAll(inChunks(take(volumeIds)).map((ids) => ({ volumeIds: ids })))
        await snapshot.addAll(snapshots)
        await poll.addAll(polls)
        await bulk.addAll(bulks)
      } catch (error) {
        onError(error as Error)
      }
    }
    sending = null
  }

  return {
    reconcileVolumes(ids) {
      for (const id of ids) volumeIds.add(id)
      sending ??= send()
    },
    reconcileSnapshots(ids) {
      for (const id of ids) snapshotIds.add(id)
      sending ??= send()
    },
    pollCluster(id) {
      pollNow.add(id)
      sending ??= send()
    },
    carryOutBulk(id) {
      bulkIds.add(id)
      sending ??= send()
    },
    async close() {
      await Promise.race([sending, sleep(LAST_SENDING_MS, undefined, { ref: false })])
      await Promise.all([reconcile, snapshot, poll, bulk].map((sender) => sender.close()))
    },
  }
}

function take<T>(set: Set<T>): T[] {
  const items = [...set]
  set.clear()
  return items
}

function inChunks(ids: VolumeId[]): VolumeId[][] {
  const count = Math.ceil(ids.length / VOLUMES_PER_JOB)
  return Array.from({ length: count }, (_, index) =>
    ids.slice(index * VOLUMES_PER_JOB, (index + 1) * VOLUMES_PER_JOB),
  )
}
