import type { ClusterId } from '../identity/ids.ts'
import { explainRefusal, type RefusalReason } from '../placement/explain-refusal.ts'
import type { FleetView } from '../placement/fleet-view.ts'
import { JointPlacer } from '../placement/joint-placer.ts'
import { requestedBytes } from '../placement/placement-request.ts'
import type { HeldVolume } from './held-volume.ts'
import { type MoveBlock, moveBlocks } from './move-blocks.ts'
import { moveMethod } from './move-method.ts'

/** Where one volume of a drained cluster would go. */
export interface DrainMove {
  /** Place in the order, from 1. */
  readonly number: number
  readonly volume: HeldVolume
  /** What stands in its way now; none when it can be moved. */
  readonly blocks: readonly MoveBlock[]
  /** Null when no cluster would take it after those before it. */
  readonly targetId: ClusterId | null
  /** Why no cluster would take it; none when one would. Worked out when it is first read. */
  readonly reasons: readonly RefusalReason[]
}

export interface DrainTotals {
  readonly volumeCount: number
  /** Promised, replicas included. */
  readonly bytes: bigint
  /** What hosts would have to copy: logical sizes. */
  readonly copyBytes: bigint
  readonly blockedCount: number
  /** Volumes that no cluster would take, blocked ones included. */
  readonly unplacedCount: number
}

export interface DrainPlan {
  readonly totals: DrainTotals
  readonly moves: readonly DrainMove[]
}

/**
 * Places everything that a cluster holds on the others by the real placer, each volume under its own policy and seeing
 * what the ones before it took, and that they have left. Blocked ones take their room as well, so that a plan that fits
 * still does when they are free. Pauses after every volume.
 *
 * @param volumes all on this cluster, in the order in which they shall go; the largest first leaves the fewest without room
 * @param views the present fleet as each of their policies sees it, by the policy's name
 */
export function* planDrain(
  clusterId: ClusterId,
  volumes: readonly HeldVolume[],
  views: ReadonlyMap<string, FleetView>,
): Generator<void, DrainPlan> {
  const drained = [...views].map(([name, view]) => [name, drain(view, clusterId)] as const)
  const placer = new JointPlacer(new Map(drained))
  const moves: DrainMove[] = []
  for (const [index, volume] of volumes.entries()) {
    const outcome = placer.place(volume)
    const targetId = outcome.clusterId
    if (targetId) placer.leave({ request: volume.request, clusterId })
    const explain = () =>
      targetId ? [] : explainRefusal(outcome.verdicts.filter((verdict) => verdict.clusterId !== clusterId))
    let reasons: readonly RefusalReason[] | undefined
    moves.push({
      number: index + 1,
      volume,
      blocks: moveBlocks(volume),
      targetId,
      get reasons() {
        reasons ??= explain()
        return reasons
      },
    })
    yield
  }
  return { totals: sumMoves(moves), moves }
}

/** It takes nothing, but what it still has of a group counts: a move makes the new volume before the old one goes. */
function drain(view: FleetView, clusterId: ClusterId): FleetView {
  const candidates = view.candidates.map((each) =>
    each.clusterId === clusterId ? { ...each, adminState: 'DRAINING' as const } : each,
  )
  return { ...view, candidates }
}

function sumMoves(moves: readonly DrainMove[]): DrainTotals {
  const sum = (bytesOf: (volume: HeldVolume) => bigint) =>
    moves.reduce((total, { volume }) => total + bytesOf(volume), 0n)
  return {
    volumeCount: moves.length,
    bytes: sum(({ request }) => requestedBytes(request)),
    copyBytes: sum((volume) => (moveMethod(volume).kind === 'HOST_COPY' ? volume.request.sizeBytes : 0n)),
    blockedCount: moves.filter(({ blocks }) => blocks.length > 0).length,
    unplacedCount: moves.filter(({ targetId }) => targetId === null).length,
  }
}
