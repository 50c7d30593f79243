import type { Candidate } from '../placement/candidate.ts'
import type { GroupMembers } from '../placement/group-counts.ts'
import { type PlacementRequest, requestedBytes } from '../placement/placement-request.ts'
import type { LabelRequirement, PlacementPolicy } from '../policies/policy.ts'
import { compareRatios, type Ratio } from '../units/ratio.ts'

/*
 * The rules of a policy, worked out once more and in another way: what the tests of placement compare it with.
 */

/**
 * Every cluster that may be chosen: the best by exact arithmetic, of those that qualify and do not yield. More than one
 * where scores are equal; none when nobody qualifies.
 */
export function rightChoices(
  request: PlacementRequest,
  fleet: readonly Candidate[],
  policy: PlacementPolicy,
  members: GroupMembers,
  nowMs: number,
): readonly Candidate[] {
  const feasible = fleet.filter((candidate) => obeys(request, candidate, fleet, policy, members, nowMs))
  const eager = feasible.filter((candidate) => !yields(request, candidate, feasible, policy, nowMs))
  const scored = (eager.length > 0 ? eager : feasible).map((candidate) => ({
    candidate,
    score: score(request, candidate, fleet, policy, members),
  }))
  return scored
    .filter((one) => scored.every((other) => compareRatios(one.score, other.score) <= 0))
    .map(({ candidate }) => candidate)
}

/** Whether the candidate may take the request. */
export function obeys(
  request: PlacementRequest,
  candidate: Candidate,
  fleet: readonly Candidate[],
  policy: PlacementPolicy,
  members: GroupMembers,
  nowMs: number,
): boolean {
  const { figures } = candidate
  if (!figures || request.excludedClusterIds.includes(candidate.clusterId)) return false
  if (request.pinnedTo !== null && request.pinnedTo !== candidate.clusterId) return false
  if (candidate.connection !== 'CONNECTED' || !['OK', 'WARNING'].includes(candidate.health)) return false
  if (candidate.health === 'WARNING' && !policy.allowDegraded) return false
  if (Math.abs(nowMs - figures.observedAtMs) > policy.maxObservationAgeMs) return false
  if (figures.effectiveBytes <= 0n) return false
  if (figures.maxReplicas < request.replicas) return false
  const grows = request.growsOn !== null
  const limit = grows ? policy.maxProvisionedRatioForResize : policy.maxProvisionedRatio
  const bytes = requestedBytes(request)
  const promised = figures.provisionedBytes + figures.pendingBytes + bytes
  if (promised * limit.denominator > limit.numerator * figures.effectiveBytes) return false
  if (promised >= 2n ** 63n) return false
  const use = policy.expectedUseRatio
  const written = ((figures.pendingBytes + bytes) * use.numerator) / use.denominator
  const floor = (figures.effectiveBytes * policy.minFreeRatio.numerator) / policy.minFreeRatio.denominator
  if (figures.freeBytes - written < floor) return false
  if (grows) return request.growsOn === candidate.clusterId
  return (
    candidate.adminState === 'ACTIVE' &&
    policy.require.every((requirement) => matches(candidate, requirement)) &&
    (policy.maxVolumeSizeBytes === null || request.sizeBytes <= policy.maxVolumeSizeBytes) &&
    (policy.maxVolumesPerCluster === null || figures.volumeCount + 1 <= policy.maxVolumesPerCluster) &&
    staysApart(request, candidate, fleet, policy, members)
  )
}

function staysApart(
  { group }: PlacementRequest,
  candidate: Candidate,
  fleet: readonly Candidate[],
  { spread }: PlacementPolicy,
  members: GroupMembers,
): boolean {
  if (!spread || group === null || spread.maxPerValue === null) return true
  if (spread.label !== 'cluster' && !candidate.labels[spread.label]) return false
  return neighbours(candidate, fleet, spread.label, members) + 1 <= spread.maxPerValue
}

function neighbours(
  candidate: Candidate,
  fleet: readonly Candidate[],
  label: string,
  members: GroupMembers,
): number {
  const placeOf = (each: Candidate) => (label === 'cluster' ? each.clusterId : each.labels[label])
  return fleet
    .filter((each) => placeOf(each) === placeOf(candidate))
    .reduce((sum, each) => sum + (members.get(each.clusterId) ?? 0), 0)
}

function matches({ labels }: Candidate, { key, operator, values }: LabelRequirement): boolean {
  const value = labels[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  return (operator === 'In') === values.some((each) => each === value)
}

/** What the policy ranks by, lower is better. */
export function score(
  request: PlacementRequest,
  candidate: Candidate,
  fleet: readonly Candidate[],
  policy: PlacementPolicy,
  members: GroupMembers,
): Ratio {
  const { figures } = candidate
  if (!figures) throw new Error('only observed clusters have a score')
  const asked = policy.ranking === 'LOWEST_PROJECTED_RATIO' ? requestedBytes(request) : 0n
  const hundredths = policy.prefer
    .filter((preference) => matches(candidate, preference))
    .reduce((sum, { weight }) => sum + weight.numerator, 0n)
  const isSpread = policy.spread?.mode === 'SPREAD' && request.group !== null && request.growsOn === null
  const near = isSpread ? neighbours(candidate, fleet, policy.spread?.label ?? '', members) : 0
  return {
    numerator:
      100n * (figures.provisionedBytes + figures.pendingBytes + asked) +
      figures.effectiveBytes * (100n * BigInt(near) - hundredths),
    denominator: 100n * figures.effectiveBytes,
  }
}

/** Whether the candidate has had its share, among those that may take the request. */
export function yields(
  request: PlacementRequest,
  candidate: Candidate,
  feasible: readonly Candidate[],
  { share }: PlacementPolicy,
  nowMs: number,
): boolean {
  if (!share || request.growsOn !== null || !candidate.figures) return false
  const sum = (of: (each: Candidate) => bigint) => feasible.reduce((total, each) => total + of(each), 0n)
  const bytes = requestedBytes(request)
  const taken = candidate.recentBytes + bytes
  const all = sum((each) => each.recentBytes) + bytes
  const effective = sum((each) => each.figures?.effectiveBytes ?? 0n)
  const age = share.rampMs === 0 ? 1n : BigInt(Math.min(nowMs - candidate.joinedAtMs, share.rampMs))
  const ramp = share.rampMs === 0 ? 1n : BigInt(share.rampMs)
  const isPastCap = taken * share.cap.denominator * ramp > all * share.cap.numerator * age
  const isFew = BigInt(feasible.length) * share.cap.numerator < share.cap.denominator
  const isPastFair = taken * 2n * effective * ramp > all * 3n * candidate.figures.effectiveBytes * age
  return isFew ? isPastCap && isPastFair : isPastCap
}
