import type { PlacementPolicy } from '../../policies/policy.ts'
import { formatBytes } from '../../units/bytes.ts'
import type { Rejection } from '../verdict.ts'
import type { RequestFilter } from './filter.ts'

/** Why a volume may not have this size, on whatever cluster; null when it may. */
export function rejectVolumeSize(
  sizeBytes: bigint,
  { maxVolumeSizeBytes: limit }: Pick<PlacementPolicy, 'maxVolumeSizeBytes'>,
): Rejection | null {
  if (limit === null || sizeBytes <= limit) return null
  return {
    reason: 'VOLUME_TOO_LARGE',
    explanation: describeSize(formatBytes(sizeBytes, 'UP'), formatBytes(limit, 'DOWN')),
    remedy: `ask for at most ${formatBytes(limit, 'DOWN')}, or use another policy`,
    shortfallBytes: sizeBytes - limit,
    fittingSizeBytes: limit,
  }
}

export const fitsVolumeSize: RequestFilter = {
  name: 'VOLUME_SIZE',
  refuse: ({ sizeBytes }, _candidate, { policy }) => rejectVolumeSize(sizeBytes, policy),
  passes({ sizeBytes }, _candidate, { policy }) {
    const limit = policy.maxVolumeSizeBytes
    return describeSize(formatBytes(sizeBytes), limit === null ? 'any size' : formatBytes(limit))
  },
}

function describeSize(size: string, limit: string): string {
  return `${size} asked for, a volume may have ${limit}`
}
