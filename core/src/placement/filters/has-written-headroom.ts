import type { PlacementPolicy } from '../../policies/policy.ts'
import { type ByteRounding, formatBytes } from '../../units/bytes.ts'
import { scaleBytes } from '../../units/ratio.ts'
import type { CandidateFigures } from '../candidate.ts'
import { requestedBytes } from '../placement-request.ts'
import { anyOf } from './any-of.ts'
import { askForLess } from './ask-for-less.ts'
import type { RequestFilter } from './filter.ts'

/**
 * The largest request after which the physical floor still stands: the largest n with free - floor((pending + n) x
 * expectedUse) >= floor(effective x minFree). Null when no request is too large (nothing is expected to be written),
 * negative when even none at all is too much.
 */
export function writtenHeadroom(figures: CandidateFigures, policy: PlacementPolicy): bigint | null {
  const { numerator, denominator } = policy.expectedUseRatio
  const spare = figures.freeBytes - scaleBytes(figures.effectiveBytes, policy.minFreeRatio)
  if (spare < 0n) return -1n
  if (numerator === 0n) return null
  return ((spare + 1n) * denominator - 1n) / numerator - figures.pendingBytes
}

export const hasWrittenHeadroom: RequestFilter = {
  name: 'WRITTEN',
  refuse(request, { figures }, { policy }) {
    const needed = requestedBytes(request)
    const headroom = writtenHeadroom(figures, policy)
    if (headroom === null || needed <= headroom) return null
    const room = writtenRoom(needed, figures, policy)
    const shortfall = room.floor - room.free
    const fitting = headroom > 0n ? headroom / BigInt(request.replicas) : 0n
    return {
      reason: 'WRITTEN_LIMIT',
      explanation: describeRoom(room, 'DOWN', 'UP'),
      remedy: anyOf([
        ...askForLess(request, fitting),
        `free ${formatBytes(shortfall, 'UP')} of physical storage there`,
      ]),
      shortfallBytes: shortfall,
      fittingSizeBytes: fitting,
    }
  },
  passes: (request, { figures }, { policy }) =>
    describeRoom(writtenRoom(requestedBytes(request), figures, policy)),
}

/** What is expected to be written, what would then be free, and what has to be. */
function writtenRoom(needed: bigint, figures: CandidateFigures, policy: PlacementPolicy) {
  const expected = scaleBytes(figures.pendingBytes + needed, policy.expectedUseRatio)
  const floor = scaleBytes(figures.effectiveBytes, policy.minFreeRatio)
  return { expected, floor, free: figures.freeBytes - expected }
}

function describeRoom(
  { expected, floor, free }: ReturnType<typeof writtenRoom>,
  roundingOfFree?: ByteRounding,
  roundingOfFloor?: ByteRounding,
): string {
  return `with ${formatBytes(expected)} expected to be written would have ${formatBytes(free, roundingOfFree)} physically free, ${formatBytes(floor, roundingOfFloor)} required`
}
