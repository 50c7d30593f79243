import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { type Charge, chargeCandidates } from './charge.ts'
import { type FleetBalance, fleetBalance } from './fleet-balance.ts'
import type { Groups } from './group-counts.ts'
import type { PlacementRequest } from './placement-request.ts'
import { Placer } from './placer.ts'

/** A range of decisions, in the order they were taken, and the fleet as the first of them saw it. */
export interface PlacementHistory {
  readonly candidates: readonly Candidate[]
  readonly groups: Groups
  /** When the fleet was seen, in milliseconds since the epoch; every age is measured against it. */
  readonly nowMs: number
  readonly decisions: readonly PastDecision[]
}

export interface PastDecision {
  readonly request: PlacementRequest
  /** Null when it was refused. */
  readonly clusterId: ClusterId | null
}

export interface BacktestSide extends FleetBalance {
  readonly placed: number
  readonly refused: number
}

export interface Backtest {
  readonly recorded: BacktestSide
  readonly replayed: BacktestSide
  /** The decisions that come out otherwise, in order. */
  readonly changes: readonly {
    readonly volumeId: VolumeId
    readonly from: ClusterId | null
    readonly to: ClusterId | null
  }[]
}

/**
 * What a range of past decisions would have been under another policy, or on another fleet. Both sides start from the
 * same view and only add up: deletes and what polls found in between are in neither. A volume that went elsewhere
 * grows there.
 */
export function replayUnder(
  history: PlacementHistory,
  policy: PlacementPolicy,
  candidates: readonly Candidate[] = history.candidates,
): Backtest {
  const replayed = decideAgain(history, policy, candidates)
  return {
    recorded: sideOf(history.candidates, history.decisions),
    replayed: sideOf(candidates, replayed),
    changes: history.decisions.flatMap(({ request, clusterId: from }, index) => {
      const to = replayed[index]?.clusterId ?? null
      return from === to ? [] : [{ volumeId: request.volumeId, from, to }]
    }),
  }
}

function decideAgain(
  { groups, nowMs, decisions }: PlacementHistory,
  policy: PlacementPolicy,
  candidates: readonly Candidate[],
): readonly PastDecision[] {
  const placer = new Placer(candidates, policy, nowMs, groups)
  const places = new Map<VolumeId, ClusterId>()
  return decisions.map(({ request: past }) => {
    const growsOn = past.growsOn && (places.get(past.volumeId) ?? past.growsOn)
    const request = { ...past, growsOn }
    const clusterId = placer.choose(request)
    if (clusterId) {
      placer.charge({ request, clusterId })
      places.set(past.volumeId, clusterId)
    }
    return { request, clusterId }
  })
}

function sideOf(candidates: readonly Candidate[], decisions: readonly PastDecision[]): BacktestSide {
  const charges = decisions.flatMap(({ request, clusterId }): Charge[] =>
    clusterId ? [{ request, clusterId }] : [],
  )
  return {
    ...fleetBalance(chargeCandidates(candidates, charges)),
    placed: charges.length,
    refused: decisions.length - charges.length,
  }
}
