import type { PlacementPolicy } from '../policies/policy.ts'
import { type Charge, chargeCandidates, chargeGroups, dropMember } from './charge.ts'
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

/** How much had come and gone by then. */
interface Before {
  readonly charged: number
  readonly left: number
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
  readonly #left: Charge[] = []

  constructor(fleet: FleetState, policy: PlacementPolicy) {
    this.#fleet = fleet
    this.#policy = policy
    this.#placer = new Placer(fleet.candidates, policy, fleet.nowMs, fleet.groups)
  }

  place(request: PlacementRequest): ExplainedOutcome {
    const clusterId = this.#placer.choose(request)
    const before = { charged: this.#charges.length, left: this.#left.length }
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

  /** As `Placer.leave` does; the next request sees it. */
  leave(left: Charge): void {
    this.#placer.leave(left)
    this.#left.push(left)
  }

  #explain(request: PlacementRequest, before: Before): readonly CandidateVerdict[] {
    const { candidates, nowMs } = this.#fleet
    const earlier = this.#charges.slice(0, before.charged)
    const groups = new Map(chargeGroups(this.#fleet.groups, earlier))
    for (const left of this.#left.slice(0, before.left)) dropMember(groups, left)
    const members = membersOf(groups, request)
    return placeVolume(request, chargeCandidates(candidates, earlier), this.#policy, nowMs, members).verdicts
  }
}
