import type { PlacementPolicy } from '../policies/policy.ts'
import { type Charge, chargeCandidates, chargeGroups } from './charge.ts'
import type { FleetState } from './fleet-state.ts'
import { membersOf } from './group-counts.ts'
import { type PlacementOutcome, placeVolume } from './place-volume.ts'
import type { PlacementRequest } from './placement-request.ts'
import { type PlacementSummary, summarizePlacement } from './placement-summary.ts'
import { Placer } from './placer.ts'
import type { CandidateVerdict } from './verdict.ts'

export interface ExplainedOutcome extends PlacementOutcome {
  /** Worked out when it is read; the verdicts it follows from are not kept for it. */
  readonly summary: PlacementSummary
}

/**
 * Places requests in a row on one view, each deducted from what the next one sees. The answers of `placeInOrder` at the
 * cost of a `Placer`: verdicts are worked out when somebody looks, because most are answered with the cluster alone.
 */
export class ExplainedPlacer {
  readonly #fleet: FleetState
  readonly #policy: PlacementPolicy
  readonly #placer: Placer
  readonly #charges: Charge[] = []

  constructor(fleet: FleetState, policy: PlacementPolicy) {
    this.#fleet = fleet
    this.#policy = policy
    this.#placer = new Placer(fleet.candidates, policy, fleet.nowMs, fleet.groups)
  }

  place(request: PlacementRequest): ExplainedOutcome {
    const clusterId = this.#placer.choose(request)
    const before = this.#charges.length
    if (clusterId) this.charge({ request, clusterId })
    const explain = () => this.#explain(request, before)
    let verdicts: readonly CandidateVerdict[] | undefined
    return {
      clusterId,
      get verdicts() {
        verdicts ??= explain()
        return verdicts
      },
      get summary() {
        return summarizePlacement(verdicts ?? explain())
      },
    }
  }

  /** Takes note of what was placed otherwise; the next request sees it. */
  charge(charge: Charge): void {
    this.#placer.charge(charge)
    this.#charges.push(charge)
  }

  #explain(request: PlacementRequest, before: number): readonly CandidateVerdict[] {
    const { candidates, groups, nowMs } = this.#fleet
    const earlier = this.#charges.slice(0, before)
    const members = membersOf(chargeGroups(groups, earlier), request)
    return placeVolume(request, chargeCandidates(candidates, earlier), this.#policy, nowMs, members).verdicts
  }
}
