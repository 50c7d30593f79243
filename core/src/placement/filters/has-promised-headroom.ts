import type { PlacementPolicy } from '../../policies/policy.ts'
import { formatBytes } from '../../units/bytes.ts'
import { formatRatio, projectedRatio, type Ratio, ratioToNumber, scaleBytes } from '../../units/ratio.ts'
import type { CandidateFigures } from '../candidate.ts'
import { type PlacementRequest, requestedBytes } from '../placement-request.ts'
import { anyOf } from './any-of.ts'
import { askForLess } from './ask-for-less.ts'
import type { RequestFilter } from './filter.ts'

/** Of one cluster, pending ones included: what fits a signed 64-bit column. */
const MOST_PROMISED_BYTES = (1n << 63n) - 1n

/**
 * How many bytes may still be promised; negative when too many have been. Exact: one byte more is past the limit, or past what the
 * ledger can count where the limit lies beyond that.
 */
export function promisedHeadroom(figures: CandidateFigures, limit: Ratio): bigint {
  const allowed = scaleBytes(figures.effectiveBytes, limit)
  const most = allowed < MOST_PROMISED_BYTES ? allowed : MOST_PROMISED_BYTES
  return most - promisedBytes(figures)
}

function promisedBytes({ provisionedBytes, pendingBytes }: CandidateFigures): bigint {
  return provisionedBytes + pendingBytes
}

export function promisedLimit({ growsOn }: PlacementRequest, policy: PlacementPolicy): Ratio {
  return growsOn ? policy.maxProvisionedRatioForResize : policy.maxProvisionedRatio
}

export const hasPromisedHeadroom: RequestFilter = {
  name: 'PROMISED',
  refuse(request, { figures }, { policy }) {
    const needed = requestedBytes(request)
    const limit = promisedLimit(request, policy)
    const headroom = promisedHeadroom(figures, limit)
    const ratio = projectedRatio(figures, needed)
    if (!ratio || needed <= headroom) return null
    const shortfall = needed - headroom
    const fitting = headroom > 0n ? headroom / BigInt(request.replicas) : 0n
    const isAllowed = promisedBytes(figures) + needed <= scaleBytes(figures.effectiveBytes, limit)
    const ways = [
      ...askForLess(request, fitting),
      `delete ${formatBytes(shortfall, 'UP')} of what is promised there`,
      ...(isAllowed || limit.numerator === 0n
        ? []
        : [
            `add ${formatBytes((shortfall * limit.denominator) / limit.numerator + 1n, 'UP')} of effective capacity`,
          ]),
    ]
    return {
      reason: 'PROMISED_LIMIT',
      explanation: isAllowed
        ? describeCount(needed, figures)
        : describeRatio(needed, ratio, limit, roundedUp),
      remedy: anyOf(ways),
      shortfallBytes: shortfall,
      fittingSizeBytes: fitting,
    }
  },
  passes(request, { figures }, { policy }) {
    const needed = requestedBytes(request)
    const ratio = projectedRatio(figures, needed)
    return ratio && describeRatio(needed, ratio, promisedLimit(request, policy), rounded)
  },
}

type Rounding = (ratio: Ratio, places: number) => string

/** With as many places as the policy's limit has, at least two. */
function describeRatio(needed: bigint, ratio: Ratio, limit: Ratio, round: Rounding): string {
  const places = Math.max(2, formatRatio(limit).split('.')[1]?.length ?? 0)
  return `needs ${formatBytes(needed)}, would be ${round(ratio, places)} of ${rounded(limit, places)} allowed`
}

const rounded: Rounding = (ratio, places) => ratioToNumber(ratio).toFixed(places)

/** A ratio over a limit also reads as over it. */
const roundedUp: Rounding = ({ numerator, denominator }, places) => {
  const parts = (numerator * 10n ** BigInt(places) + denominator - 1n) / denominator
  return (Number(parts) / 10 ** places).toFixed(places)
}

/** What the policy would allow, the ledger could not count. */
function describeCount(needed: bigint, figures: CandidateFigures): string {
  return `needs ${formatBytes(needed)} beside ${formatBytes(promisedBytes(figures))}, of ${formatBytes(MOST_PROMISED_BYTES)} that can be promised of any cluster`
}
