import type { PlacementSummary } from '@flotilla/core/placement/placement-summary'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { fraction } from '../units/fraction.ts'
import { refusalReason } from './refusal-reason.ts'

export const placementSummary = builder.objectRef<PlacementSummary>('PlacementSummary').implement({
  description: 'A placement in a few figures, where the verdicts of every cluster would be too much.',
  fields: (t) => ({
    projectedRatio: t.float({
      nullable: true,
      description:
        '(provisioned + pending + size x replicas) / effective of the chosen cluster, a fraction; null when none qualifies.',
      resolve: ({ projectedRatio }) => projectedRatio && ratioToNumber(projectedRatio),
    }),
    margin: t.expose('margin', {
      type: fraction,
      nullable: true,
      description:
        'Score of the second in rank less that of the chosen one; negative where the second one yields. Null when fewer than two qualify.',
    }),
    isTie: t.exposeBoolean('isTie', {
      description:
        'Whether the second in rank is as good as the chosen one, so that a hash of the ids of volume and cluster decided between them.',
    }),
    qualifyingCount: t.exposeInt('qualifyingCount', { description: 'Clusters that qualify.' }),
    reasons: t.expose('reasons', {
      type: [refusalReason],
      description: 'Why the other clusters do not, each reason with their number, that of most first.',
      // Many placements have none, and hardly any more than two.
      complexity: { field: 0, multiplier: 1 },
    }),
  }),
})
