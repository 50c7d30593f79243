import { formatBytes } from '../../units/bytes.ts'
import type { RequestFilter } from './filter.ts'

export const fitsVolumeSize: RequestFilter = {
  name: 'VOLUME_SIZE',
  refuse({ sizeBytes }, _candidate, { policy }) {
    const limit = policy.maxVolumeSizeBytes
    if (limit === null || sizeBytes <= limit) return null
    return {
      reason: 'VOLUME_TOO_LARGE',
      explanation: describeSize(sizeBytes, limit),
      remedy: `ask for at most ${formatBytes(limit)}, or use another policy`,
      shortfallBytes: sizeBytes - limit,
      fittingSizeBytes: limit,
    }
  },
  passes: ({ sizeBytes }, _candidate, { policy }) => describeSize(sizeBytes, policy.maxVolumeSizeBytes),
}

function describeSize(sizeBytes: bigint, limit: bigint | null): string {
  return `${formatBytes(sizeBytes)} asked for, a volume may have ${limit === null ? 'any size' : formatBytes(limit)}`
}
