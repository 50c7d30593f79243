import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy, ShareRule } from '../policies/policy.ts'
import { compareRatios, type Ratio } from '../units/ratio.ts'
import { type Candidate, isObserved, type ObservedCandidate } from './candidate.ts'
import { addMember, type Charge, chargeCandidate, dropMember } from './charge.ts'
import { compareText } from './compare-text.ts'
import { type GroupMembers, type Groups, membersOf, NO_GROUPS } from './group-counts.ts'
import { headroomBytes } from './headroom.ts'
import { type PlacementContext, placementContext } from './placement-context.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import { qualifiesStanding, rejectAsked, rejectCandidate } from './reject-candidate.ts'
import { scoreTerms, totalScore } from './score-candidate.ts'
import { groupPenalty } from './scorers/group-spread.ts'
import { preferredLabels } from './scorers/preferred-labels.ts'
import { addShare, exceedsShare, type ShareSums, type ShareTotals } from './share-cap.ts'
import { tieBreak } from './tie-break.ts'

/** Relative error of a score made of floats is below 1e-14; whoever is nearer than this is told apart exactly. */
const TOLERANCE = 1e-9
/** Mostly a newcomer or two have had their share. Each further look reads all scores, so after these all are looked at once. */
const LOOKS_FOR_SHARE = 3

/**
 * Chooses clusters for many requests on one view of the fleet, each seeing what the ones before were promised. The
 * same answers as `placeVolume`, faster: what does not depend on the request is worked out once for each cluster, a
 * scan over floats finds those that could win, and exact arithmetic decides between them. A float never decides by
 * itself: whether a request fits and who is best are settled by integers wherever a rounding could matter.
 */
export class Placer {
  readonly #policy: PlacementPolicy
  readonly #nowMs: number
  readonly #candidates: Candidate[]
  readonly #indexes: ReadonlyMap<ClusterId, number>
  readonly #groups: Map<string, GroupMembers>

  /** What may still be asked of each cluster, in bytes; negative where it takes no new volumes at all. Exact. */
  readonly #headroomBytes: bigint[]
  readonly #headroom: Float64Array
  readonly #promised: Float64Array
  readonly #effective: Float64Array
  /** Terms of the score that do not depend on the request. */
  readonly #preference: Float64Array
  readonly #maxReplicas: Float64Array
  /** Sums over the clusters that take new volumes. */
  readonly #open: ShareSums = { count: 0, recentBytes: 0n, effectiveBytes: 0n }
  readonly #isOpen: boolean[]
  /** For the request at hand; infinite where the cluster does not qualify. */
  readonly #scores: Float64Array

  constructor(
    candidates: readonly Candidate[],
    policy: PlacementPolicy,
    nowMs: number,
    groups: Groups = NO_GROUPS,
  ) {
    const size = candidates.length
    this.#policy = policy
    this.#nowMs = nowMs
    this.#groups = new Map(groups)
    this.#candidates = [...candidates]
    this.#indexes = new Map(candidates.map((candidate, index) => [candidate.clusterId, index]))
    this.#isOpen = new Array<boolean>(size).fill(false)
    this.#headroomBytes = new Array<bigint>(size).fill(-1n)
    this.#headroom = new Float64Array(size)
    this.#promised = new Float64Array(size)
    this.#effective = new Float64Array(size)
    this.#preference = new Float64Array(size)
    this.#maxReplicas = new Float64Array(size)
    this.#scores = new Float64Array(size)
    for (const index of candidates.keys()) this.#prepare(index)
  }

  /** The cluster that `placeVolume` would choose now; null when none qualifies. */
  choose(request: PlacementRequest): ClusterId | null {
    const members = membersOf(this.#groups, request)
    const holders = [...members.keys()].flatMap((id) => this.#candidates[this.#indexes.get(id) ?? -1] ?? [])
    const context = placementContext(request, holders, this.#policy, this.#nowMs, members)
    const only = request.growsOn ?? request.pinnedTo
    if (only) return this.#chooseOnly(request, only, context)
    const lowest = this.#score(request, context)
    const { share } = this.#policy
    const chosen = share
      ? this.#pickWithinShare(request, context, share)
      : this.#pick(request, context, lowest)
    return chosen?.candidate.clusterId ?? null
  }

  /** Promises a request to a cluster; the next one sees it. */
  charge(charge: Charge): void {
    const index = this.#indexes.get(charge.clusterId)
    const candidate = index === undefined ? undefined : this.#candidates[index]
    if (index === undefined || !candidate) throw new Error(`${charge.clusterId} is no candidate`)
    if (this.#isOpen[index]) addShare(this.#open, candidate, -1)
    this.#candidates[index] = chargeCandidate(candidate, charge.request)
    addMember(this.#groups, charge)
    this.#prepare(index)
  }

  /** What has left a cluster no longer counts with its group. Its bytes stay promised: it left what is emptied. */
  leave(left: Charge): void {
    dropMember(this.#groups, left)
  }

  #prepare(index: number): void {
    const candidate = this.#candidates[index]
    if (!candidate) return
    const isOpen = qualifiesStanding(candidate, this.#policy, this.#nowMs)
    this.#isOpen[index] = isOpen
    const headroom = isOpen ? headroomBytes(candidate.figures, this.#policy) : -1n
    this.#headroomBytes[index] = headroom
    this.#headroom[index] = Number(headroom)
    if (!isOpen) return
    addShare(this.#open, candidate, 1)
    const { figures } = candidate
    this.#promised[index] = Number(figures.provisionedBytes + figures.pendingBytes)
    this.#effective[index] = Number(figures.effectiveBytes)
    this.#maxReplicas[index] = figures.maxReplicas
    this.#preference[index] = preferredLabels(candidate, this.#policy)
      .map(({ value }) => Number(value.numerator) / Number(value.denominator))
      .reduce((sum, each) => sum + each, 0)
  }

  #chooseOnly(request: PlacementRequest, clusterId: ClusterId, context: PlacementContext): ClusterId | null {
    const own = this.#candidates[this.#indexes.get(clusterId) ?? -1]
    return own && rejectCandidate(request, own, context) === null ? clusterId : null
  }

  /** Whether the request asks anything that bytes and replicas do not answer. */
  #asksMore({ excludedClusterIds, sizeBytes }: PlacementRequest, { groupCounts }: PlacementContext): boolean {
    const { maxVolumeSizeBytes } = this.#policy
    return (
      excludedClusterIds.length > 0 ||
      groupCounts !== null ||
      (maxVolumeSizeBytes !== null && sizeBytes > maxVolumeSizeBytes)
    )
  }

  /** Fills in the scores for a request; returns the lowest one. */
  #score(request: PlacementRequest, context: PlacementContext): number {
    const neededBytes = requestedBytes(request)
    const needed = Number(neededBytes)
    const ranked = this.#policy.ranking === 'LOWEST_PROJECTED_RATIO' ? needed : 0
    const asksMore = this.#asksMore(request, context)
    const [headrooms, promised, effective] = [this.#headroom, this.#promised, this.#effective]
    const [preferences, maxReplicas, scores] = [this.#preference, this.#maxReplicas, this.#scores]
    const { replicas } = request
    let lowest = Number.POSITIVE_INFINITY
    for (let index = 0; index < scores.length; index++) {
      const headroom = headrooms[index] as number
      const fits = needed < headroom || (needed === headroom && this.#fitsExactly(neededBytes, index))
      let score = Number.POSITIVE_INFINITY
      if (fits && replicas <= (maxReplicas[index] as number)) {
        score =
          ((promised[index] as number) + ranked) / (effective[index] as number) +
          (preferences[index] as number)
        if (asksMore) score += this.#penalty(request, index, context)
        if (score < lowest) lowest = score
      }
      scores[index] = score
    }
    return lowest
  }

  #fitsExactly(neededBytes: bigint, index: number): boolean {
    const headroom = this.#headroomBytes[index]
    return headroom !== undefined && neededBytes <= headroom
  }

  /** What the group speaks against a cluster; infinite when the request rules it out. */
  #penalty(request: PlacementRequest, index: number, context: PlacementContext): number {
    const candidate = this.#candidates[index]
    const isRuledOut =
      !candidate || !isObserved(candidate) || rejectAsked(request, candidate, context) !== null
    return isRuledOut ? Number.POSITIVE_INFINITY : groupPenalty(candidate, context)
  }

  #lowest(): number {
    const scores = this.#scores
    let lowest = Number.POSITIVE_INFINITY
    for (let index = 0; index < scores.length; index++) {
      const score = scores[index] as number
      if (score < lowest) lowest = score
    }
    return lowest
  }

  /** The best by exact arithmetic of those whose score could be the lowest. */
  #pick(request: PlacementRequest, context: PlacementContext, lowest: number): Contender | null {
    if (lowest === Number.POSITIVE_INFINITY) return null
    const bound = lowest + TOLERANCE * (1 + Math.abs(lowest))
    let best: Contender | null = null
    const scores = this.#scores
    for (let index = 0; index < scores.length; index++) {
      if ((scores[index] as number) > bound) continue
      const candidate = this.#candidates[index]
      if (!candidate || !isObserved(candidate)) continue
      const contender = {
        index,
        candidate,
        score: totalScore(scoreTerms(request, candidate, context)),
        tie: tieBreak(request.volumeId, candidate.clusterId),
      }
      if (!best || compareContenders(contender, best) < 0) best = contender
    }
    return best
  }

  /** Over those that qualify: most open ones do, so taking away the others is cheaper than adding up. */
  #feasibleTotals(): ShareTotals {
    const totals = { ...this.#open }
    for (let index = 0; index < this.#scores.length; index++) {
      const candidate = this.#candidates[index]
      if (!candidate || !this.#isOpen[index] || this.#scores[index] !== Number.POSITIVE_INFINITY) continue
      addShare(totals, candidate, -1)
    }
    return totals
  }

  /** The best of those that have not had their share; the best of all when every one has. */
  #pickWithinShare(request: PlacementRequest, context: PlacementContext, rule: ShareRule): Contender | null {
    const totals = this.#feasibleTotals()
    let best: Contender | null = null
    for (let looks = 0; ; looks++) {
      if (looks === LOOKS_FOR_SHARE) this.#ruleOutBeyondShare(request, rule, totals)
      const next = this.#pick(request, context, this.#lowest())
      if (!next) return best
      if (!exceedsShare(request, next.candidate, rule, totals, this.#nowMs)) return next
      best ??= next
      this.#scores[next.index] = Number.POSITIVE_INFINITY
    }
  }

  #ruleOutBeyondShare(request: PlacementRequest, rule: ShareRule, totals: ShareTotals): void {
    for (let index = 0; index < this.#scores.length; index++) {
      const candidate = this.#candidates[index]
      if (this.#scores[index] === Number.POSITIVE_INFINITY || !candidate || !isObserved(candidate)) continue
      if (exceedsShare(request, candidate, rule, totals, this.#nowMs))
        this.#scores[index] = Number.POSITIVE_INFINITY
    }
  }
}

interface Contender {
  readonly index: number
  readonly candidate: ObservedCandidate
  readonly score: Ratio
  readonly tie: number
}

function compareContenders(a: Contender, b: Contender): number {
  return (
    compareRatios(a.score, b.score) ||
    a.tie - b.tie ||
    compareText(a.candidate.clusterId, b.candidate.clusterId)
  )
}
