import type { Candidate } from '../candidate.ts'
import type { PlacementContext } from '../placement-context.ts'
import type { PlacementRequest } from '../placement-request.ts'
import { type Filter, reject } from './filter.ts'

/** A clone shares blocks with its source, so whatever else may be said of other clusters, they cannot have it. */
export const isNotElsewhere: Filter<
  [request: PlacementRequest, candidate: Candidate, context: PlacementContext]
> = {
  name: 'SOURCE',
  refuse: ({ pinnedTo }, { clusterId }, { pinnedName }) =>
    pinnedTo === null || clusterId === pinnedTo
      ? null
      : reject(
          'NOT_SOURCE_CLUSTER',
          `the source is on cluster ${pinnedName}; clones and restores stay on their source's cluster`,
          'nothing for a clone; a new volume may go there, and its data be copied',
        ),
  passes: () => 'has the source',
}
