import { formatBytes } from '../../units/bytes.ts'
import type { RequestFilter } from './filter.ts'

export const fitsVolumeSize: RequestFilter = ({ sizeBytes }, _candidate, { policy }) => {
  const limit = policy.maxVolumeSizeBytes
  if (limit === null || sizeBytes <= limit) return null
  return {
    reason: 'VOLUME_TOO_LARGE',
    explanation: `${formatBytes(sizeBytes)} asked for, a volume may have ${formatBytes(limit)}`,
    remedy: `ask for at most ${formatBytes(limit)}, or use another policy`,
    shortfallBytes: sizeBytes - limit,
    fittingSizeBytes: limit,
  }
}
