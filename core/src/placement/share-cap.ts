import type { ShareRule } from '../policies/policy.ts'
import { compareRatios, multiplyRatios, type Ratio, ratioToNumber } from '../units/ratio.ts'
import type { ObservedCandidate } from './candidate.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

/** Sums over the clusters that qualify for the request at hand; only they share in it. */
export interface ShareTotals {
  readonly count: number
  readonly recentBytes: bigint
  readonly effectiveBytes: bigint
}

export function shareTotals(feasible: readonly ObservedCandidate[]): ShareTotals {
  let recentBytes = 0n
  let effectiveBytes = 0n
  for (const candidate of feasible) {
    recentBytes += candidate.recentBytes
    effectiveBytes += candidate.figures.effectiveBytes
  }
  return { count: feasible.length, recentBytes, effectiveBytes }
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
 * The rule's cap; among so few clusters that their caps do not add up to 1, at least 1.5 times the cluster's part of the
 * capacity; scaled by age / ramp while the cluster is young.
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
