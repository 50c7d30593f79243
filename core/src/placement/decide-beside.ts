import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { projectedRatio, type Ratio } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'
import { chargeCandidate } from './charge.ts'
import type { FleetState } from './fleet-state.ts'
import { requestedBytes } from './placement-request.ts'
import { Placer } from './placer.ts'
import type { PastDecision } from './replay-under.ts'

/** What a policy and its shadow made of one request. */
export interface Comparison {
  readonly clusterId: ClusterId | null
  readonly shadowClusterId: ClusterId | null
  /** Projected ratio of each choice on the fleet as both saw it; null for a refusal, and where they agree. */
  readonly ratio: Ratio | null
  readonly shadowRatio: Ratio | null
}

/**
 * What another policy would have said to each request of a batch, one after the other. Every decision is compared on
 * its own: the shadow sees the fleet as the choices that were really made have charged it, not as its own would have.
 * So a difference is the policies' alone, and follows from the record of the batch. How a whole range would have gone
 * under another policy is for `replayUnder`.
 */
export function* decideBeside(
  { candidates, groups, nowMs }: FleetState,
  decisions: readonly Omit<PastDecision, 'policy'>[],
  shadow: PlacementPolicy,
): Generator<Comparison> {
  const placer = new Placer(candidates, shadow, nowMs, groups)
  const present = new Map(candidates.map((candidate) => [candidate.clusterId, candidate]))
  for (const { request, clusterId } of decisions) {
    const shadowClusterId = placer.choose(request)
    const differs = shadowClusterId !== clusterId
    const ratioOn = (id: ClusterId | null) => (differs ? ratioOf(id && present.get(id), request) : null)
    yield {
      clusterId,
      shadowClusterId,
      ratio: ratioOn(clusterId),
      shadowRatio: ratioOn(shadowClusterId),
    }
    const chosen = clusterId && present.get(clusterId)
    if (!clusterId || !chosen) continue
    placer.charge({ request, clusterId })
    present.set(clusterId, chargeCandidate(chosen, request))
  }
}

function ratioOf(
  candidate: Candidate | null | undefined,
  request: Parameters<typeof requestedBytes>[0],
): Ratio | null {
  return (candidate?.figures && projectedRatio(candidate.figures, requestedBytes(request))) ?? null
}
