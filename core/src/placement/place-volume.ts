import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { compareRatios, projectedRatio, type Ratio, subtractRatios } from '../units/ratio.ts'
import { type Candidate, isObserved, type ObservedCandidate } from './candidate.ts'
import { compareText } from './compare-text.ts'
import { type GroupMembers, NO_MEMBERS } from './group-counts.ts'
import { type PlacementContext, placementContext } from './placement-context.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import { answerFilters, rejectCandidate } from './reject-candidate.ts'
import { scoreTerms, totalScore } from './score-candidate.ts'
import { exceedsShare, explainShare, shareTotals } from './share-cap.ts'
import { tieBreak } from './tie-break.ts'
import type { CandidateVerdict, Rejection, ScoreTerm } from './verdict.ts'

export interface PlacementOutcome {
  /** Null when no cluster qualifies. */
  readonly clusterId: ClusterId | null
  /** The chosen one first, then by rank, then the rejected ones by name. */
  readonly verdicts: readonly CandidateVerdict[]
}

/** A candidate that passed every filter. */
interface Qualified {
  readonly candidate: ObservedCandidate
  readonly terms: readonly ScoreTerm[]
  readonly score: Ratio
  readonly tie: number
  /** Why it comes after those that do not yield; null when it does not. */
  readonly yields: string | null
}

/**
 * Decides where a volume goes: filter, score, select. Of the clusters that pass every filter and have not had their
 * share of the recent placements, the one with the lowest score; when all of them have had it, it binds none. Equal
 * scores are ordered by a hash of volume and cluster id, so equal input gives an equal answer, whatever the order of
 * the candidates. A `Placer` gives the same answer without the verdicts, at a fraction of the cost.
 *
 * @param nowMs milliseconds since the epoch; ages are measured against it
 * @param members how many volumes of the request's group each cluster holds already
 */
export function placeVolume(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
  members: GroupMembers = NO_MEMBERS,
): PlacementOutcome {
  const context = placementContext(request, candidates, policy, nowMs, members)
  const asked = request.growsOn
    ? candidates.filter((candidate) => candidate.clusterId === request.growsOn)
    : candidates
  const qualified: Qualified[] = []
  const rejected: CandidateVerdict[] = []
  for (const candidate of asked) {
    const rejection = rejectCandidate(request, candidate, context)
    if (rejection) rejected.push(rejectedVerdict(request, context, candidate, rejection))
    else if (isObserved(candidate)) qualified.push(qualify(request, candidate, context))
  }
  const ranked = applyShare(request, qualified, context).toSorted(compareQualified)
  rejected.sort((a, b) => compareText(a.clusterName, b.clusterName) || compareText(a.clusterId, b.clusterId))
  return {
    clusterId: ranked[0]?.candidate.clusterId ?? null,
    verdicts: [
      ...ranked.map((own, index) => rankedVerdict(request, context, own, index + 1, ranked[index + 1])),
      ...rejected,
    ],
  }
}

function qualify(
  request: PlacementRequest,
  candidate: ObservedCandidate,
  context: PlacementContext,
): Qualified {
  const terms = scoreTerms(request, candidate, context)
  return {
    candidate,
    terms,
    score: totalScore(terms),
    tie: tieBreak(request.volumeId, candidate.clusterId),
    yields: null,
  }
}

/** Marks those that have had their share, unless nobody else is left. */
function applyShare(
  request: PlacementRequest,
  qualified: readonly Qualified[],
  { policy, nowMs }: PlacementContext,
): readonly Qualified[] {
  const rule = policy.share
  if (!rule || request.growsOn !== null) return qualified
  const totals = shareTotals(qualified.map((each) => each.candidate))
  const marked = qualified.map((each) =>
    exceedsShare(request, each.candidate, rule, totals, nowMs)
      ? { ...each, yields: explainShare(request, each.candidate, rule, totals, nowMs) }
      : each,
  )
  return marked.every((each) => each.yields) ? qualified : marked
}

/** 0 where only ids can decide. */
function compareMerit(a: Qualified, b: Qualified): number {
  return Number(a.yields !== null) - Number(b.yields !== null) || compareRatios(a.score, b.score)
}

function compareQualified(a: Qualified, b: Qualified): number {
  return compareMerit(a, b) || a.tie - b.tie || compareText(a.candidate.clusterId, b.candidate.clusterId)
}

function rankedVerdict(
  request: PlacementRequest,
  context: PlacementContext,
  own: Qualified,
  rank: number,
  next: Qualified | undefined,
): CandidateVerdict {
  return {
    ...commonVerdict(request, own.candidate),
    get filters() {
      return answerFilters(request, own.candidate, context)
    },
    score: own.score,
    terms: own.terms,
    margin: next ? subtractRatios(next.score, own.score) : null,
    isTie: next !== undefined && compareMerit(own, next) === 0,
    yields: own.yields,
    rejection: null,
    rank,
  }
}

function rejectedVerdict(
  request: PlacementRequest,
  context: PlacementContext,
  candidate: Candidate,
  rejection: Rejection,
): CandidateVerdict {
  return {
    ...commonVerdict(request, candidate),
    get filters() {
      return answerFilters(request, candidate, context)
    },
    score: null,
    terms: [],
    margin: null,
    isTie: false,
    yields: null,
    rejection,
    rank: null,
  }
}

function commonVerdict(request: PlacementRequest, { clusterId, clusterName, figures }: Candidate) {
  const ratio = figures && projectedRatio(figures, requestedBytes(request))
  return { clusterId, clusterName, figures, projectedRatio: ratio }
}
