import { formatBytes } from '../../units/bytes.ts'
import type { PlacementRequest } from '../placement-request.ts'

/** A way out for whoever asks for too much, in the terms of the request; none where nothing would fit. */
export function askForLess({ growsOn }: PlacementRequest, fittingSizeBytes: bigint): readonly string[] {
  if (fittingSizeBytes === 0n) return []
  return [`${growsOn ? 'grow by' : 'ask for'} at most ${formatBytes(fittingSizeBytes, 'DOWN')}`]
}
