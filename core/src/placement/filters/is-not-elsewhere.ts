import type { Candidate } from '../candidate.ts'
import type { PlacementContext } from '../placement-context.ts'
import type { PlacementRequest } from '../placement-request.ts'
import type { Rejection } from '../verdict.ts'
import { reject } from './filter.ts'

/** A clone shares blocks with its source, so whatever else may be said of other clusters, they cannot have it. */
export function isNotElsewhere(
  { pinnedTo }: PlacementRequest,
  { clusterId }: Candidate,
  { pinnedName }: PlacementContext,
): Rejection | null {
  if (pinnedTo === null || clusterId === pinnedTo) return null
  return reject(
    'NOT_SOURCE_CLUSTER',
    `the source is on cluster ${pinnedName}; clones and restores stay on their source's cluster`,
    'nothing for a clone; a new volume may go there, and its data be copied',
  )
}
