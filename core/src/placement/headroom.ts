import type { PlacementPolicy } from '../policies/policy.ts'
import type { CandidateFigures } from './candidate.ts'
import { promisedHeadroom } from './filters/has-promised-headroom.ts'
import { writtenHeadroom } from './filters/has-written-headroom.ts'

/** The most bytes (size x replicas) that a new volume may have to pass both gates; negative when none may. */
export function headroomBytes(figures: CandidateFigures, policy: PlacementPolicy): bigint {
  const promised = promisedHeadroom(figures, policy.maxProvisionedRatio)
  const written = writtenHeadroom(figures, policy)
  return written !== null && written < promised ? written : promised
}
