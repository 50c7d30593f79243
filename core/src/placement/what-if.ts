import type { ClusterId, VolumeId } from '../identity/ids.ts'
import { addRatios, type Ratio, scaleBytes } from '../units/ratio.ts'
import type { Candidate, CandidateFigures } from './candidate.ts'
import { type Charge, chargeCandidates } from './charge.ts'
import { explainRefusal, type RefusalReason } from './explain-refusal.ts'
import { type FleetBalance, fleetBalance } from './fleet-balance.ts'
import type { FleetView } from './fleet-view.ts'
import { JointPlacer } from './joint-placer.ts'
import { type CrossedLimit, limitsCrossed, RoomLeft } from './limits-crossed.ts'
import type { PlacementRequest } from './placement-request.ts'
import type { RequestUnderPolicy } from './request-under-policy.ts'

/** What might happen to a fleet: first clusters join and go, then everything grows, step by step. */
export interface Scenario {
  readonly added: readonly Candidate[]
  readonly lost: readonly ClusterId[]
  /** What the lost ones held and has to find another place. */
  readonly displaced: readonly RequestUnderPolicy[]
  /** What is promised and what is written grows by the rate in each step, everywhere. */
  readonly growth: { readonly ratePerStep: Ratio; readonly steps: number } | null
}

/** Of a cluster that took requests: the one after which it had no room for the smallest of them. */
export interface FilledCluster extends CrossedLimit {
  /** How many requests had been placed by then, over all clusters. */
  readonly afterPlaced: number
}

export interface FailingRequest extends RequestUnderPolicy {
  /** Place among the requests of the stage, from 1. */
  readonly number: number
  /** Whether it is one of a lost cluster. */
  readonly isDisplaced: boolean
  readonly reasons: readonly RefusalReason[]
}

/** How one state of the fleet fares with the requests. */
export interface WhatIfStage extends FleetBalance {
  /** PRESENT: the fleet as it is. CHANGED: clusters have joined and gone. GROWN: after so many steps of growth. */
  readonly kind: 'PRESENT' | 'CHANGED' | 'GROWN'
  /** Steps of growth that lie behind it. */
  readonly step: number
  /** Limits that clusters are past before any request, and were not in the stage before. */
  readonly crossed: readonly CrossedLimit[]
  readonly filled: readonly FilledCluster[]
  readonly placed: number
  readonly refused: number
  /** How many requests were placed before the first one that fails; null when none fails. */
  readonly placedBeforeFirstRefusal: number | null
  /** Requests that fail here and did not in the stage before. */
  readonly failingCount: number
  /** The first few of them. */
  readonly failing: readonly FailingRequest[]
}

/** Explaining costs a look at every cluster, and more than a few are read by nobody. */
const MAX_EXPLAINED = 10

/** How many stages a scenario has: each places all requests anew. */
export function countStages({ added, lost, growth }: Omit<Scenario, 'displaced'>): number {
  return 1 + (added.length + lost.length > 0 ? 1 : 0) + (growth?.steps ?? 0)
}

/**
 * Runs the real placer on copies of the fleet: as it is, after the changes, and after each step of growth. In every one the same requests
 * are placed in order, after what lost clusters held, so comparing the stages tells which begin to fail and when. Time
 * stands still. Pauses after every request.
 *
 * @param view as the policy sees it that decides about the requests; the limits that are told are this one's
 * @param others as the other policies of what is displaced see it, by name; the same clusters as in `view`
 */
export function* whatIf(
  view: FleetView,
  scenario: Scenario,
  requests: readonly PlacementRequest[],
  others: ReadonlyMap<string, FleetView> = new Map(),
): Generator<void, readonly WhatIfStage[]> {
  const stages: WhatIfStage[] = []
  let before: Before = { crossed: new Set(), refused: new Set() }
  const { displaced } = scenario
  for (const { kind, step, fleet } of fleetsUnder(scenario, { view, others })) {
    const moved = kind === 'PRESENT' ? [] : displaced
    const { stage, after } = yield* runStage(fleet, moved, requests, before)
    stages.push({ kind, step, ...stage })
    before = after
  }
  return stages
}

interface Before {
  /** As `keyOf` writes them. */
  readonly crossed: ReadonlySet<string>
  readonly refused: ReadonlySet<VolumeId>
}

/** One fleet, as each policy sees it. */
interface SeenFleet {
  readonly view: FleetView
  readonly others: ReadonlyMap<string, FleetView>
}

function* fleetsUnder({ added, lost, growth }: Scenario, present: SeenFleet) {
  yield { kind: 'PRESENT' as const, step: 0, fleet: present }
  let fleet = change(present, (candidates) => [
    ...candidates.filter(({ clusterId }) => !lost.includes(clusterId)),
    ...added,
  ])
  if (added.length + lost.length > 0) yield { kind: 'CHANGED' as const, step: 0, fleet }
  for (let step = 1; growth && step <= growth.steps; step++) {
    fleet = change(fleet, (candidates) => candidates.map((each) => grow(each, growth.ratePerStep)))
    yield { kind: 'GROWN' as const, step, fleet }
  }
}

function change(
  { view, others }: SeenFleet,
  by: (candidates: readonly Candidate[]) => readonly Candidate[],
): SeenFleet {
  const changed = (each: FleetView) => ({ ...each, candidates: by(each.candidates) })
  return { view: changed(view), others: new Map([...others].map(([name, each]) => [name, changed(each)])) }
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
    pendingBytes: scaleBytes(figures.pendingBytes, factor),
    freeBytes: free > 0n ? free : 0n,
  }
}

function* runStage(
  { view, others }: SeenFleet,
  displaced: readonly RequestUnderPolicy[],
  wanted: readonly PlacementRequest[],
  before: Before,
): Generator<void, { stage: Omit<WhatIfStage, 'kind' | 'step'>; after: Before }> {
  const { candidates, policy } = view
  const requests = [...displaced, ...wanted.map((request) => ({ request, policyName: policy.name }))]
  const placer = new JointPlacer(new Map([...others, [policy.name, view]]))
  const room = new RoomLeft(
    candidates,
    policy,
    requests.map(({ request }) => request),
  )
  const charges: Charge[] = []
  const filled: FilledCluster[] = []
  const refused = new Set<VolumeId>()
  const failing: FailingRequest[] = []
  let failingCount = 0
  let placedBeforeFirstRefusal: number | null = null

  for (const [index, each] of requests.entries()) {
    const { request } = each
    const outcome = placer.place(each)
    const { clusterId } = outcome
    if (clusterId) {
      const charge = { request, clusterId }
      charges.push(charge)
      const limit = room.take(charge)
      if (limit) filled.push({ clusterId, limit, afterPlaced: charges.length })
    } else {
      placedBeforeFirstRefusal ??= charges.length
      refused.add(request.volumeId)
      if (!before.refused.has(request.volumeId)) {
        failingCount++
        if (failing.length < MAX_EXPLAINED) {
          const isDisplaced = index < displaced.length
          const reasons = explainRefusal(outcome.verdicts)
          failing.push({ ...each, number: index + 1, isDisplaced, reasons })
        }
      }
    }
    yield
  }
  const crossed = candidates.flatMap((candidate) => limitsCrossed(candidate, policy))
  return {
    stage: {
      ...fleetBalance(chargeCandidates(candidates, charges)),
      crossed: crossed.filter((each) => !before.crossed.has(keyOf(each))),
      filled,
      placed: charges.length,
      refused: refused.size,
      placedBeforeFirstRefusal,
      failingCount,
      failing,
    },
    after: { crossed: new Set(crossed.map(keyOf)), refused },
  }
}

function keyOf({ clusterId, limit }: CrossedLimit): string {
  return `${clusterId} ${limit}`
}
