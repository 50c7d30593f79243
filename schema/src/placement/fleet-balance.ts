import type { FleetBalance } from '@flotilla/core/placement/fleet-balance'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'

export const fleetBalance = builder.objectRef<FleetBalance>('FleetBalance').implement({
  description:
    'How evenly a fleet is filled, by the provisioned ratios of its clusters, each counting alike. Null where no cluster has a ratio.',
  fields: (t) => ({
    peakRatio: t.float({
      nullable: true,
      description: 'The highest ratio.',
      resolve: ({ peakRatio }) => peakRatio && ratioToNumber(peakRatio),
    }),
    spread: t.float({
      nullable: true,
      description: 'The highest ratio less the lowest.',
      resolve: ({ spread }) => spread && ratioToNumber(spread),
    }),
    meanRatio: t.exposeFloat('meanRatio', { nullable: true, description: 'Mean of the ratios.' }),
    deviation: t.exposeFloat('deviation', {
      nullable: true,
      description: 'Standard deviation of the ratios.',
    }),
    peakToMean: t.exposeFloat('peakToMean', {
      nullable: true,
      description: 'The highest ratio / the mean, 1 when all are alike; null for an empty fleet as well.',
    }),
  }),
})
