import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { compareRatios, projectedRatio, type Ratio } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'
import { rejectCandidate } from './filters.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import { tieBreak } from './tie-break.ts'
import type { CandidateVerdict } from './verdict.ts'

export interface PlacementOutcome {
  /** Null when no cluster qualifies. */
  readonly clusterId: ClusterId | null
  /** The chosen one first, then by rank, then the rejected ones by name. */
  readonly verdicts: readonly CandidateVerdict[]
}

/**
 * Decides where a volume goes: of the clusters that pass every filter, the one with the lowest projected ratio,
 * (provisioned + pending + size x replicas) / effective. Equal ratios are ordered by a hash of volume and cluster id,
 * so equal input gives an equal answer, whatever the order of the candidates.
 *
 * @param nowMs milliseconds since the epoch; ages of observations are measured against it
 */
export function placeVolume(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
): PlacementOutcome {
  return request.growsOn
    ? rank(request, ownCluster(candidates, request.growsOn), limitsForGrowth(policy), nowMs)
    : rank(request, candidates, policy, nowMs)
}

function ownCluster(candidates: readonly Candidate[], clusterId: ClusterId): readonly Candidate[] {
  const own = candidates.filter((candidate) => candidate.clusterId === clusterId)
  return own.map((candidate) => ({ ...candidate, adminState: 'ACTIVE' }))
}

function limitsForGrowth(policy: PlacementPolicy): PlacementPolicy {
  return { ...policy, maxProvisionedRatio: policy.maxProvisionedRatioForResize }
}

function rank(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
): PlacementOutcome {
  const feasible: { candidate: Candidate; ratio: Ratio; tie: number }[] = []
  const rejected: CandidateVerdict[] = []
  for (const candidate of candidates) {
    const ratio = candidate.figures && projectedRatio(candidate.figures, requestedBytes(request))
    const rejection = rejectCandidate(request, candidate, policy, nowMs)
    if (rejection || !ratio) rejected.push(verdictOf(candidate, ratio, rejection, null))
    else feasible.push({ candidate, ratio, tie: tieBreak(request.volumeId, candidate.clusterId) })
  }
  feasible.sort(
    (a, b) =>
      compareRatios(a.ratio, b.ratio) ||
      a.tie - b.tie ||
      compareText(a.candidate.clusterId, b.candidate.clusterId),
  )
  rejected.sort((a, b) => compareText(a.clusterName, b.clusterName) || compareText(a.clusterId, b.clusterId))
  const ranked = feasible.map(({ candidate, ratio }, index) => verdictOf(candidate, ratio, null, index + 1))
  return { clusterId: feasible[0]?.candidate.clusterId ?? null, verdicts: [...ranked, ...rejected] }
}

function verdictOf(
  candidate: Candidate,
  ratio: Ratio | null,
  rejection: CandidateVerdict['rejection'],
  rank: number | null,
): CandidateVerdict {
  return {
    clusterId: candidate.clusterId,
    clusterName: candidate.clusterName,
    figures: candidate.figures,
    projectedRatio: ratio,
    rejection,
    rank,
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
