import type { Charge } from './charge.ts'
import { ExplainedPlacer } from './explained-placer.ts'
import type { FleetView } from './fleet-view.ts'
import type { PlacementOutcome } from './place-volume.ts'
import type { RequestUnderPolicy } from './request-under-policy.ts'

/** Places requests of several policies in a row on one fleet: each is decided by its own, and sees what all before it took. */
export class JointPlacer {
  readonly #placers: ReadonlyMap<string, ExplainedPlacer>

  /** @param views of the same clusters, by the policy's name */
  constructor(views: ReadonlyMap<string, FleetView>) {
    this.#placers = new Map([...views].map(([name, view]) => [name, new ExplainedPlacer(view, view.policy)]))
  }

  place({ request, policyName }: RequestUnderPolicy): PlacementOutcome {
    const own = this.#placers.get(policyName)
    if (!own) throw new Error(`no fleet under policy ${policyName}`)
    const outcome = own.place(request)
    const { clusterId } = outcome
    if (!clusterId) return outcome
    for (const placer of this.#placers.values()) if (placer !== own) placer.charge({ request, clusterId })
    return outcome
  }

  /** As `Placer.leave` does, for all policies. */
  leave(left: Charge): void {
    for (const placer of this.#placers.values()) placer.leave(left)
  }
}
