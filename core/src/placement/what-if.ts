import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { addRatios, type Ratio, scaleBytes } from '../units/ratio.ts'
import type { Candidate, CandidateFigures } from './candidate.ts'
import { type Charge, chargeCandidates } from './charge.ts'
import { promisedHeadroom } from './filters/has-promised-headroom.ts'
import { writtenHeadroom } from './filters/has-written-headroom.ts'
import { type FleetBalance, fleetBalance } from './fleet-balance.ts'
import type { Groups } from './group-counts.ts'
import type { PlacementRequest } from './placement-request.ts'
import { Placer } from './placer.ts'

/** What might happen to a fleet. */
export type Scenario =
  | { readonly kind: 'ADD_CLUSTER'; readonly cluster: Candidate }
  /** Only its room is gone: what has to be placed again is for the caller to add to the requests. */
  | { readonly kind: 'LOSE_CLUSTER'; readonly clusterId: ClusterId }
  /** What is promised and what is written grows by the rate in each step, everywhere. */
  | { readonly kind: 'GROW_ALL'; readonly ratePerStep: Ratio; readonly steps: number }
  | {
      readonly kind: 'ONBOARD'
      readonly count: number
      readonly sizeBytes: bigint
      readonly replicas: number
    }

export interface FleetView {
  readonly candidates: readonly Candidate[]
  readonly groups: Groups
  readonly policy: PlacementPolicy
  readonly nowMs: number
}

/** How one state of the fleet fares with the requests. */
export interface WhatIfStage extends FleetBalance {
  /** 0 is the fleet as it is. */
  readonly step: number
  /** Clusters past a limit before any request; one past both is there twice. */
  readonly crossed: readonly { readonly clusterId: ClusterId; readonly limit: 'PROMISED' | 'WRITTEN' }[]
  readonly placed: number
  /** Requests that fail, and how many came before the first of them; null when none fails. */
  readonly refused: readonly VolumeId[]
  readonly placedBeforeFirstRefusal: number | null
}

/**
 * Runs the real placer on copies of the fleet: as it is, then after each step of the scenario. In every one the same
 * requests are placed in order, onboarded volumes first, so comparing the stages tells which begin to fail and when.
 */
export function whatIf(
  view: FleetView,
  scenario: Scenario,
  requests: readonly PlacementRequest[],
): readonly WhatIfStage[] {
  const onboarded = scenario.kind === 'ONBOARD' ? onboarding(scenario) : []
  return [
    stageOf(view, 0, view.candidates, requests),
    ...fleetsUnder(scenario, view.candidates).map((candidates, index) =>
      stageOf(view, index + 1, candidates, [...onboarded, ...requests]),
    ),
  ]
}

function fleetsUnder(
  scenario: Scenario,
  candidates: readonly Candidate[],
): readonly (readonly Candidate[])[] {
  switch (scenario.kind) {
    case 'ADD_CLUSTER':
      return [[...candidates, scenario.cluster]]
    case 'LOSE_CLUSTER':
      return [candidates.filter((candidate) => candidate.clusterId !== scenario.clusterId)]
    case 'ONBOARD':
      return [candidates]
    case 'GROW_ALL': {
      let grown = candidates
      return Array.from({ length: scenario.steps }, () => {
        grown = grown.map((candidate) => grow(candidate, scenario.ratePerStep))
        return grown
      })
    }
  }
}

function grow(candidate: Candidate, rate: Ratio): Candidate {
  return { ...candidate, figures: candidate.figures && growFigures(candidate.figures, rate) }
}

function growFigures(figures: CandidateFigures, rate: Ratio): CandidateFigures {
  const factor = addRatios({ numerator: 1n, denominator: 1n }, rate)
  const { effectiveBytes, freeBytes } = figures
  const free = effectiveBytes - scaleBytes(effectiveBytes - freeBytes, factor)
  return {
    ...figures,
    provisionedBytes: scaleBytes(figures.provisionedBytes, factor),
    freeBytes: free > 0n ? free : 0n,
  }
}

function onboarding({ count, sizeBytes, replicas }: Extract<Scenario, { kind: 'ONBOARD' }>) {
  return Array.from(
    { length: count },
    (_, number): PlacementRequest => ({
      volumeId: `vol_00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
      sizeBytes,
      replicas,
      excludedClusterIds: [],
      growsOn: null,
      pinnedTo: null,
      group: null,
    }),
  )
}

function stageOf(
  { groups, policy, nowMs }: FleetView,
  step: number,
  candidates: readonly Candidate[],
  requests: readonly PlacementRequest[],
): WhatIfStage {
  const placer = new Placer(candidates, policy, nowMs, groups)
  const charges: Charge[] = []
  const refused: VolumeId[] = []
  let placedBeforeFirstRefusal: number | null = null
  for (const request of requests) {
    const clusterId = placer.choose(request)
    if (clusterId) {
      placer.charge({ request, clusterId })
      charges.push({ request, clusterId })
    } else {
      placedBeforeFirstRefusal ??= charges.length
      refused.push(request.volumeId)
    }
  }
  return {
    ...fleetBalance(chargeCandidates(candidates, charges)),
    step,
    crossed: candidates.flatMap((candidate) => crossedBy(candidate, policy)),
    placed: charges.length,
    refused,
    placedBeforeFirstRefusal,
  }
}

function crossedBy({ clusterId, figures }: Candidate, policy: PlacementPolicy): WhatIfStage['crossed'] {
  if (!figures) return []
  const isOverPromised = promisedHeadroom(figures, policy.maxProvisionedRatio) < 0n
  const isOverWritten = (writtenHeadroom(figures, policy) ?? 0n) < 0n
  return [
    ...(isOverPromised ? [{ clusterId, limit: 'PROMISED' as const }] : []),
    ...(isOverWritten ? [{ clusterId, limit: 'WRITTEN' as const }] : []),
  ]
}
