import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { type Charge, chargeCandidates } from './charge.ts'
import { type FleetBalance, fleetBalance } from './fleet-balance.ts'
import type { FleetState } from './fleet-state.ts'
import type { PlacementRequest } from './placement-request.ts'
import { Placer } from './placer.ts'

/** A range of decisions, in the order they were taken, and the fleet as the first of them saw it. */
export interface PlacementHistory extends FleetState {
  readonly decisions: readonly PastDecision[]
}

export interface PastDecision {
  readonly request: PlacementRequest
  /** Null when it was refused. */
  readonly clusterId: ClusterId | null
  /** The policy that decided; the same object for the same revision. */
  readonly policy: PlacementPolicy
}

export interface BacktestSide extends FleetBalance {
  readonly placed: number
  readonly refused: number
}

export interface ChangedPlacement {
  readonly request: PlacementRequest
  readonly recorded: ClusterId | null
  readonly from: ClusterId | null
  readonly to: ClusterId | null
}

export interface Backtest {
  /** What was decided at the time. */
  readonly recorded: BacktestSide
  /** The same decisions taken again from the first one's view, each under the policy that took it. */
  readonly baseline: BacktestSide
  readonly replayed: BacktestSide
  /** Decisions of the baseline that differ from the record: how much what happened in between matters. */
  readonly drifted: number
  /** The decisions that come out otherwise than in the baseline, in order. */
  readonly changes: readonly ChangedPlacement[]
}

/** What is to be different; what is absent stays as it was. */
export interface Alternative {
  readonly policy?: PlacementPolicy
  readonly fleet?: FleetState
}

/**
 * What a range of past decisions would have been under another policy, or on another fleet. All sides start from one
 * view of their fleet and only add up: deletes and what polls found in between are in none, time stands still, and shares count from
 * the first decision on. So the alternative is compared with a baseline under the same simplifications. A volume that
 * went elsewhere grows there, one that was refused does not grow. Pauses after every decision.
 */
export function* replayUnder(history: PlacementHistory, other: Alternative): Generator<void, Backtest> {
  const { decisions } = history
  const fleet = other.fleet ?? history
  const baseline = yield* decideAgain(history, decisions)
  const replayed = yield* decideAgain(
    fleet,
    other.policy ? decisions.map((each) => ({ ...each, policy: other.policy ?? each.policy })) : decisions,
  )
  return {
    recorded: sideOf(history.candidates, decisions),
    baseline: sideOf(history.candidates, baseline),
    replayed: sideOf(fleet.candidates, replayed),
    drifted: decisions.filter(({ clusterId }, index) => clusterId !== baseline[index]?.clusterId).length,
    changes: decisions.flatMap(({ request, clusterId: recorded }, index) => {
      const from = baseline[index]?.clusterId ?? null
      const to = replayed[index]?.clusterId ?? null
      return from === to ? [] : [{ request, recorded, from, to }]
    }),
  }
}

type Decided = Pick<PastDecision, 'request' | 'clusterId'>

function* decideAgain(
  { candidates, groups, nowMs }: FleetState,
  decisions: readonly PastDecision[],
): Generator<void, readonly Decided[]> {
  const policies = new Set(decisions.map((each) => each.policy))
  const placers = new Map([...policies].map((each) => [each, new Placer(candidates, each, nowMs, groups)]))
  const places = new Map<VolumeId, ClusterId | null>()
  const decided: Decided[] = []
  for (const { request: past, policy } of decisions) {
    const place = places.get(past.volumeId)
    const request = past.growsOn && place ? { ...past, growsOn: place } : past
    const isGone = past.growsOn !== null && place === null
    const clusterId = isGone ? null : (placers.get(policy)?.choose(request) ?? null)
    if (clusterId) for (const placer of placers.values()) placer.charge({ request, clusterId })
    if (clusterId || past.growsOn === null) places.set(past.volumeId, clusterId)
    decided.push({ request, clusterId })
    yield
  }
  return decided
}

function sideOf(candidates: readonly Candidate[], decisions: readonly Decided[]): BacktestSide {
  const charges = decisions.flatMap(({ request, clusterId }): Charge[] =>
    clusterId ? [{ request, clusterId }] : [],
  )
  return {
    ...fleetBalance(chargeCandidates(candidates, charges)),
    placed: charges.length,
    refused: decisions.length - charges.length,
  }
}
