import type { ClusterId } from '../identity/ids.ts'
import type { DrainMove, DrainTotals } from '../moves/plan-drain.ts'
import type { RebalancePlan } from '../moves/plan-rebalance.ts'
import type { Actor } from '../operations/actor.ts'
import type { Drained } from './drain-store.ts'
import type { Page } from './page.ts'

/** Volumes that one plan looks at; the largest of a cluster that holds more. */
export const MAX_PLANNED = 10_000

export interface DrainPlanInput {
  readonly clusterId: ClusterId
  /** 1 to 200. */
  readonly first: number
  /** A cursor of an earlier page; it holds for later plans, too, because the order follows from the volumes alone. */
  readonly after: string | null
}

export interface DrainPlanReport extends DrainTotals {
  readonly clusterId: ClusterId
  readonly seenAt: Date
  /** Whether the cluster holds more volumes than a plan looks at. */
  readonly isPartial: boolean
  readonly moves: Page<DrainMove>
  readonly clusterNames: ReadonlyMap<ClusterId, string>
}

export interface StartDrainInput {
  readonly idempotencyKey: string
  readonly clusterId: ClusterId
  readonly expectedRevision?: number
  /** Whether it may begin although some volumes would find no other place. */
  readonly force?: boolean
}

export const MAX_REBALANCE_MOVES = 200

export interface RebalanceInput {
  /** Decimals, as `parseRatio` reads them. */
  readonly startAboveSpread: string
  readonly stopBelowSpread: string
  /** Whether moves of an earlier plan were carried out already; absent: no. */
  readonly begun?: boolean | undefined
  /** 1 to MAX_REBALANCE_MOVES. */
  readonly maxMoves: number
}

export interface RebalanceReport extends RebalancePlan {
  readonly seenAt: Date
  readonly clusterNames: ReadonlyMap<ClusterId, string>
}

/**
 * Volumes that go from cluster to cluster. Plans are answered like trials: on a copy, one at a time, nothing is reserved.
 * Clusters cannot copy to each other, so nothing here moves a volume: a plan tells the steps.
 */
export interface FleetMoves {
  /** @throws InvalidInputError, NotFoundError, OverloadedError */
  drainPlan(input: DrainPlanInput): Promise<DrainPlanReport>
  /** Proposes only; nothing is applied. @throws InvalidInputError with every fault, OverloadedError */
  rebalancePlan(input: RebalanceInput): Promise<RebalanceReport>
  /**
   * No new volumes go there from now on. @throws NotFoundError, RevisionConflictError, IdempotencyConflictError,
   * InvalidStateError while a drain goes on, and when the plan does not fit and `force` is not given, OverloadedError
   */
  startDrain(input: StartDrainInput, actor: Actor): Promise<Drained>
  /** Leaves a CANCEL_OPERATION on record. @throws NotFoundError, IdempotencyConflictError, InvalidStateError when no drain goes on */
  cancelDrain(
    input: { readonly idempotencyKey?: string; readonly clusterId: ClusterId },
    actor: Actor,
  ): Promise<Drained>
}
