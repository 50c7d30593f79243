import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Clock } from '@flotilla/core/ports/clock'
import type { Due } from '@flotilla/core/ports/due'
import type { BackgroundWork } from './background-work.ts'
import { inLanes } from './in-lanes.ts'

/** Of each cluster, at a time. */
const TAKEN_OF_A_CLUSTER = 128
/** Volumes and snapshots together half of a cluster's places, so that fresh work, which comes through the queue, finds some free. */
const LANES_OF_A_CLUSTER = 8
/** What has waited longer is left: it is due again soon, and by then somebody may have put it off. */
const LONGEST_WAIT_MS = 8_000

export interface DueKind<Id> {
  /** Takes what is due of clusters that are not `busy`. */
  take(perCluster: number, busy: readonly ClusterId[]): Promise<readonly Due<Id>[]>
  work(id: Id): Promise<void>
  /** Is told what has failed; the rest goes on. */
  onError(error: Error): void
}

export interface DueWork {
  /** To be called at each sweep; resolves when the work is taken, not when it is done. */
  begin(): Promise<void>
  /** From now on nothing more is begun. */
  close(): void
}

/**
 * Work that the records say is due, a few pieces of each cluster at once. Nothing is leased before its turn, and a cluster is
 * not asked about again before what was taken of it is done: a slow one gathers no backlog here.
 */
export function createDueWork<Id>(
  { take, work, onError }: DueKind<Id>,
  background: Pick<BackgroundWork, 'track'>,
  clock: Pick<Clock, 'now'>,
): DueWork {
  const busy = new Set<ClusterId>()
  let isClosed = false

  const workThrough = async (clusterId: ClusterId, due: readonly Due<Id>[]): Promise<void> => {
    const takenAt = clock.now()
    busy.add(clusterId)
    await inLanes(LANES_OF_A_CLUSTER, due, async ({ id }) => {
      if (!isClosed && clock.now() - takenAt < LONGEST_WAIT_MS) await work(id).catch(onError)
    })
    busy.delete(clusterId)
  }

  return {
    async begin() {
      const due = await take(TAKEN_OF_A_CLUSTER, [...busy])
      for (const [clusterId, each] of Map.groupBy(due, (one) => one.clusterId)) {
        background.track(workThrough(clusterId, each))
      }
    },
    close() {
      isClosed = true
    },
  }
}
