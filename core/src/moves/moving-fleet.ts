import type { ClusterId } from '../identity/ids.ts'
import type { Candidate } from '../placement/candidate.ts'
import { addMember, chargeCandidate, dropMember } from '../placement/charge.ts'
import type { FleetView } from '../placement/fleet-view.ts'
import { requestedBytes } from '../placement/placement-request.ts'
import { Placer } from '../placement/placer.ts'
import type { HeldVolume } from './held-volume.ts'

/** A copy of the fleet in which volumes change places, as each policy sees it. */
export class MovingFleet {
  readonly #views: Map<string, FleetView>
  /** By policy; they hold until something moves. */
  readonly #placers = new Map<string, Placer>()

  constructor(views: ReadonlyMap<string, FleetView>) {
    this.#views = new Map(views)
  }

  get candidates(): readonly Candidate[] {
    const [view] = this.#views.values()
    return view?.candidates ?? []
  }

  /**
   * Where the real placer puts a volume like it; null when nowhere else. It may find the volume's own cluster best: a new
   * one is made while the old one is still there, so all of that counts, and no cluster is left out.
   */
  choose(volume: HeldVolume): ClusterId | null {
    const chosen = this.#placerOf(volume).choose(volume.request)
    return chosen === volume.clusterId ? null : chosen
  }

  move(volume: HeldVolume, targetId: ClusterId): void {
    const { request, clusterId } = volume
    this.#placers.clear()
    for (const [name, view] of this.#views) {
      const groups = new Map(view.groups)
      dropMember(groups, { request, clusterId })
      addMember(groups, { request, clusterId: targetId })
      const candidates = view.candidates.map((candidate) => {
        if (candidate.clusterId === targetId) return chargeCandidate(candidate, request)
        return candidate.clusterId === clusterId ? discharge(candidate, requestedBytes(request)) : candidate
      })
      this.#views.set(name, { ...view, groups, candidates })
    }
  }

  #placerOf({ policyName }: HeldVolume): Placer {
    const known = this.#placers.get(policyName)
    if (known) return known
    const view = this.#views.get(policyName)
    if (!view) throw new Error(`no fleet under policy ${policyName}`)
    const placer = new Placer(view.candidates, view.policy, view.nowMs, view.groups)
    this.#placers.set(policyName, placer)
    return placer
  }
}

/** What is physically free stays as it is: how much of a volume was written is not known. */
function discharge(candidate: Candidate, bytes: bigint): Candidate {
  const { figures } = candidate
  if (!figures) return candidate
  const fromProvisioned = bytes < figures.provisionedBytes ? bytes : figures.provisionedBytes
  return {
    ...candidate,
    figures: {
      ...figures,
      provisionedBytes: figures.provisionedBytes - fromProvisioned,
      pendingBytes: figures.pendingBytes - (bytes - fromProvisioned),
      volumeCount: figures.volumeCount - 1,
    },
  }
}
