import {
  type CapacityForecast,
  forecastCluster,
  forecastFleet,
} from '@flotilla/core/capacity/forecast-capacity'
import type { ForecastConfidence, ForecastOutcome, GateForecast } from '@flotilla/core/capacity/forecast-gate'
import { HORIZON_DAYS, MIN_HISTORY_DAYS, MIN_SAMPLES } from '@flotilla/core/capacity/forecast-gate'
import { DEFAULT_POLICY_NAME, type StoredPolicy } from '@flotilla/core/policies/stored-policy'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { topLevelError } from '../errors/top-level-error.ts'
import { fleet } from '../fleet/fleet.ts'
import type { Loaders } from '../loaders.ts'

const forecastOutcome = builder.enumType('ForecastOutcome', {
  description: 'What a forecast came to.',
  values: {
    NOT_ENOUGH_HISTORY: {
      description: `Fewer than ${MIN_SAMPLES} samples, or less than ${MIN_HISTORY_DAYS} day of history: nothing can be said.`,
    },
    REACHED: { description: 'Nothing is left.' },
    GROWING: { description: 'It will be reached, if it goes on like this.' },
    NOT_GROWING: { description: 'It does not fill, or it empties.' },
    BEYOND_HORIZON: {
      description: `It fills so slowly that it takes longer than ${HORIZON_DAYS} days.`,
    },
  } satisfies Record<ForecastOutcome, object>,
})

const forecastConfidence = builder.enumType('ForecastConfidence', {
  description: 'How far a forecast can be trusted.',
  values: {
    LOW: { description: 'A guess: irregular, or far beyond the history that it rests on.' },
    MEDIUM: { description: 'Three days of history, and the direction is clear.' },
    HIGH: { description: 'Two weeks of history, and the growth was even.' },
  } satisfies Record<ForecastConfidence, object>,
})

const gateForecast = builder.objectRef<GateForecast>('GateForecast').implement({
  description:
    'When one limit of a policy will be reached, if it goes on as it did. What is unknown is null.',
  fields: (t) => ({
    outcome: t.expose('outcome', { type: forecastOutcome, description: 'What it came to.' }),
    leftBytes: t.expose('leftBytes', {
      type: 'Bytes',
      description: 'What is left until the limit, in bytes; negative behind it.',
    }),
    days: t.exposeFloat('days', {
      nullable: true,
      description: 'Days from the last measurement until it is reached; 0 when it is.',
    }),
    earliestDays: t.exposeFloat('earliestDays', {
      nullable: true,
      description: 'The same, if it grows as fast as the upper end of the 90% interval says.',
    }),
    latestDays: t.exposeFloat('latestDays', {
      nullable: true,
      description: 'The same for the lower end; null when it may as well never be.',
    }),
    growthBytesPerDay: t.exposeFloat('growthBytesPerDay', {
      nullable: true,
      description: 'The median growth in bytes per day (Theil-Sen); negative when it empties.',
    }),
    confidence: t.expose('confidence', {
      type: forecastConfidence,
      nullable: true,
      description: 'How far it can be trusted; null without an estimate.',
    }),
    sampleCount: t.exposeInt('sampleCount', { description: 'Samples that it rests on.' }),
    historyDays: t.exposeFloat('historyDays', { description: 'Days from the first of them to the last.' }),
  }),
})

type Shown = CapacityForecast & { readonly policy: StoredPolicy; readonly observedAt: Date }

const capacityForecast = builder.objectRef<Shown>('CapacityForecast').implement({
  description: "When a policy's limits will be reached.",
  fields: (t) => ({
    policyName: t.string({
      description: 'The policy whose limits are meant.',
      resolve: ({ policy }) => policy.policy.name,
    }),
    policyRevision: t.int({
      description: 'Its revision.',
      resolve: ({ policy }) => policy.policy.revision,
    }),
    observedAt: t.expose('observedAt', {
      type: 'DateTime',
      description: 'When the present figures were measured; of a fleet, the oldest of them.',
    }),
    promised: t.expose('promised', {
      type: gateForecast,
      description: 'Until no more is promised to new volumes (`maxProvisionedRatio` for creates).',
    }),
    written: t.expose('written', {
      type: gateForecast,
      description: 'Until the floor of physically free storage (`minFreeRatio`).',
    }),
  }),
})

const forecastArgs = builder.args((t) => ({
  policy: t.string({
    required: true,
    defaultValue: DEFAULT_POLICY_NAME,
    description: 'Name of the policy whose limits are meant.',
  }),
}))

builder.objectField(cluster, 'capacityForecast', (t) =>
  t.field({
    type: capacityForecast,
    nullable: true,
    description: "When it will be full by a policy's limits; null until the first observation.",
    complexity: 20,
    args: forecastArgs,
    resolve: async ({ id }, args, { loaders }) => {
      const [policy, figures, points] = await Promise.all([
        policyNamed(args.policy, loaders),
        loaders.capacity.load(id),
        loaders.capacitySeries.load(id),
      ])
      if (!figures) return null
      return {
        policy,
        observedAt: figures.observedAt,
        ...forecastCluster(points, figures, policy.policy),
      }
    },
  }),
)

builder.objectField(fleet, 'capacityForecast', (t) =>
  t.field({
    type: capacityForecast,
    nullable: true,
    description:
      'When what all clusters have left by the limits of a policy will be used up; null until one has been observed.',
    complexity: 1_000,
    args: forecastArgs,
    resolve: async (_fleet, args, { loaders, reader }) => {
      const ids = (await reader.allClusters()).map(({ id }) => id)
      const [policy, figures, points] = await Promise.all([
        policyNamed(args.policy, loaders),
        reader.capacitiesByClusterIds(ids),
        reader.capacitySeriesByClusterIds(ids),
      ])
      const known = figures.flatMap((each, index) =>
        each ? [{ figures: each, points: points[index] ?? [] }] : [],
      )
      if (known.length === 0) return null
      const observedAtMs = Math.min(...known.map((each) => each.figures.observedAt.getTime()))
      return { policy, observedAt: new Date(observedAtMs), ...forecastFleet(known, policy.policy) }
    },
  }),
)

async function policyNamed(name: string, { policy }: Loaders): Promise<StoredPolicy> {
  const found = await policy.load(name)
  if (found) return found
  const allowed = 'the name of a policy'
  throw topLevelError('BAD_INPUT', `policy: there is no policy ${JSON.stringify(name.slice(0, 80))}`, {
    path: 'policy',
    allowed,
  })
}
