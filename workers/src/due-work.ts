import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Due } from '@flotilla/core/ports/due'
import type { BackgroundWork } from './background-work.ts'
import { inLanes } from './in-lanes.ts'

/** Of each cluster, at a time: not more than can be done before it is due again. */
const TAKEN_OF_A_CLUSTER = 128
/** Fewer than a cluster's places, so that fresh work, which comes through the queue, finds some free. */
const LANES_OF_A_CLUSTER = 16

export interface DueKind<Id> {
  /** Takes what is due of clusters that are not `busy`. */
  take(perCluster: number, busy: readonly ClusterId[]): Promise<readonly Due<Id>[]>
  work(id: Id): Promise<void>
  /** Is told what has failed; the rest goes on. */
  onError(error: Error): void
}

/**
 * Work that the records say is due, a few pieces of each cluster at once. Nothing is leased before its turn, and a cluster is
 * not asked about again before what was taken of it is done: a slow one gathers no backlog here.
 *
 * @returns to be called at each sweep; resolves when the work is taken, not when it is done
 */
export function createDueWork<Id>(
  { take, work, onError }: DueKind<Id>,
  background: Pick<BackgroundWork, 'track'>,
): () => Promise<void> {
  const busy = new Set<ClusterId>()

  const workThrough = async (clusterId: ClusterId, due: readonly Due<Id>[]): Promise<void> => {
    busy.add(clusterId)
    await inLanes(LANES_OF_A_CLUSTER, due, ({ id }) => work(id).catch(onError))
    busy.delete(clusterId)
  }

  return async () => {
    const due = await take(TAKEN_OF_A_CLUSTER, [...busy])
    for (const [clusterId, each] of Map.groupBy(due, (one) => one.clusterId)) {
      background.track(workThrough(clusterId, each))
    }
  }
}
