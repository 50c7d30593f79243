import type { PlacementPolicy } from '../../policies/policy.ts'
import { formatBytes } from '../../units/bytes.ts'
import { projectedRatio, type Ratio, ratioToNumber, scaleBytes } from '../../units/ratio.ts'
import type { CandidateFigures } from '../candidate.ts'
import { type PlacementRequest, requestedBytes } from '../placement-request.ts'
import type { RequestFilter } from './filter.ts'

/** How many bytes may still be promised; negative when too many have been. Exact: one byte more is past the limit. */
export function promisedHeadroom(figures: CandidateFigures, limit: Ratio): bigint {
  return scaleBytes(figures.effectiveBytes, limit) - figures.provisionedBytes - figures.pendingBytes
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
    return {
      reason: 'PROMISED_LIMIT',
      explanation: describeRatio(needed, roundUp(ratio), limit),
      remedy: `${askForLess(fitting)}delete ${formatBytes(shortfall)} of what is promised there, or add ${formatBytes(
        (shortfall * limit.denominator) / (limit.numerator || 1n),
      )} of effective capacity`,
      shortfallBytes: shortfall,
      fittingSizeBytes: fitting,
    }
  },
  passes(request, { figures }, { policy }) {
    const needed = requestedBytes(request)
    const ratio = projectedRatio(figures, needed)
    return ratio && describeRatio(needed, ratioToNumber(ratio).toFixed(2), promisedLimit(request, policy))
  },
}

function describeRatio(needed: bigint, reached: string, limit: Ratio): string {
  return `needs ${formatBytes(needed)}, would be ${reached} of ${ratioToNumber(limit).toFixed(2)} allowed`
}

function askForLess(fitting: bigint): string {
  return fitting > 0n ? `ask for at most ${formatBytes(fitting)}, ` : ''
}

/** Two decimals, never rounded down, so that a ratio over a limit also reads as over it. */
function roundUp(ratio: Ratio): string {
  const hundredths = (ratio.numerator * 100n + ratio.denominator - 1n) / ratio.denominator
  return (Number(hundredths) / 100).toFixed(2)
}
