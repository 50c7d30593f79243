import type { ShareRule } from '../policies/policy.ts'
import { compareRatios, multiplyRatios, type Ratio, ratioToNumber } from '../units/ratio.ts'
import type { Candidate, ObservedCandidate } from './candidate.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

/** Sums over the clusters that qualify for the request at hand; only they share in it. */
export type ShareTotals = Readonly<ShareSums>

export interface ShareSums {
  count: number
  recentBytes: bigint
  effectiveBytes: bigint
}

export function shareTotals(feasible: readonly ObservedCandidate[]): ShareTotals {
  const sums = { count: 0, recentBytes: 0n, effectiveBytes: 0n }
  for (const candidate of feasible) addShare(sums, candidate, 1)
  return sums
}

/** Adds a cluster to the sums, in place, or takes it away. */
export function addShare(sums: ShareSums, { recentBytes, figures }: Candidate, sign: 1 | -1): void {
  const factor = BigInt(sign)
  sums.count += sign
  sums.recentBytes += factor * recentBytes
  sums.effectiveBytes += factor * (figures?.effectiveBytes ?? 0n)
}

/** Whether the cluster would hold more of the recent placements, this one included, than its cap. */
export function exceedsShare(
  request: PlacementRequest,
  candidate: ObservedCandidate,
  rule: ShareRule,
  totals: ShareTotals,
  nowMs: number,
): boolean {
  return compareRatios(shareWith(request, candidate, totals), shareCap(candidate, rule, totals, nowMs)) > 0
}

/** Why it yields, with the numbers. */
export function explainShare(
  request: PlacementRequest,
  candidate: ObservedCandidate,
  rule: ShareRule,
  totals: ShareTotals,
  nowMs: number,
): string {
  const share = ratioToNumber(shareWith(request, candidate, totals)).toFixed(3)
  const cap = ratioToNumber(shareCap(candidate, rule, totals, nowMs)).toFixed(3)
  return `would hold ${share} of the recent placements, at most ${cap} allowed: comes after those that have had less`
}

function shareWith(
  request: PlacementRequest,
  { recentBytes }: ObservedCandidate,
  totals: ShareTotals,
): Ratio {
  const needed = requestedBytes(request)
  return { numerator: recentBytes + needed, denominator: totals.recentBytes + needed }
}

/**
 * The rule's cap; among so few clusters that their caps do not add up to 1, at least 1.5 times the cluster's part of
 * the capacity; scaled by age / ramp while the cluster is young.
 */
function shareCap(
  { figures, joinedAtMs }: ObservedCandidate,
  { cap, rampMs }: ShareRule,
  { count, effectiveBytes }: ShareTotals,
  nowMs: number,
): Ratio {
  const fair = { numerator: 3n * figures.effectiveBytes, denominator: 2n * effectiveBytes }
  const areFew = BigInt(count) * cap.numerator < cap.denominator
  const full = areFew && compareRatios(fair, cap) > 0 ? fair : cap
  const ageMs = Math.max(0, Math.floor(nowMs - joinedAtMs))
  if (ageMs >= rampMs) return full
  return multiplyRatios(full, { numerator: BigInt(ageMs), denominator: BigInt(rampMs) })
}
