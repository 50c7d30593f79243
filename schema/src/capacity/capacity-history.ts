import type { CapacitySample, SampledFigure } from '@flotilla/core/capacity/capacity-sample'
import { type CapacityResolution, DAY_MS, finestSince } from '@flotilla/core/capacity/resolution'
import type { ClusterId } from '@flotilla/core/identity/ids'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import type { SchemaContext } from '../context.ts'
import { topLevelError } from '../errors/top-level-error.ts'
import { fleet } from '../fleet/fleet.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'

const capacityResolution = builder.enumType('CapacityResolution', {
  description: 'How much time one sample stands for.',
  values: {
    FIVE_MINUTES: { description: 'Five minutes; kept for 2 days.' },
    HOUR: { description: 'An hour in UTC, when it is over; kept for 60 days.' },
    DAY: { description: 'A day in UTC, when it is over; kept for 3 years.' },
  } satisfies Record<CapacityResolution, object>,
})

const sampledFigure = builder.objectRef<SampledFigure>('SampledFigure').implement({
  description:
    'One figure over the time of a sample. Of the fleet each is a sum over clusters, so the smallest and largest are bounds.',
  fields: (t) => ({
    minBytes: t.expose('minBytes', { type: 'Bytes', description: 'The smallest, in bytes.' }),
    maxBytes: t.expose('maxBytes', { type: 'Bytes', description: 'The largest, in bytes.' }),
    lastBytes: t.expose('lastBytes', { type: 'Bytes', description: 'The last, in bytes.' }),
  }),
})

const capacitySample = builder.objectRef<CapacitySample>('CapacitySample').implement({
  description: 'What was measured within some time. Where nothing was measured there is no sample.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'Begin of that time.' }),
    observedAt: t.expose('observedAt', {
      type: 'DateTime',
      description: 'When the last of the figures was measured.',
    }),
    clusterCount: t.exposeInt('clusterCount', { description: 'Clusters in the sums; 1 for a cluster.' }),
    promised: t.expose('promised', { type: sampledFigure, description: 'Provisioned and pending.' }),
    written: t.expose('written', { type: sampledFigure, description: 'Physically written.' }),
    effective: t.expose('effective', { type: sampledFigure, description: 'Usable physical storage.' }),
    free: t.expose('free', {
      type: sampledFigure,
      description: 'Physically free before the cluster turns read-only.',
    }),
  }),
})

const capacityHistoryConnection = builder.connectionObject(
  { type: capacitySample, name: 'CapacityHistoryConnection', description: 'A page of samples.' },
  { name: 'CapacityHistoryEdge', description: 'A sample and its position in the list.' },
)

const historyArgs = builder.args((t) => ({
  ...pageArgs,
  from: t.field({ type: 'DateTime', description: 'Samples from here on; a day before `to` when absent.' }),
  to: t.field({ type: 'DateTime', description: 'Samples before this; now when absent.' }),
  resolution: t.field({
    type: capacityResolution,
    description: 'How finely; when absent, as finely as is kept back to `from`.',
  }),
}))

const DESCRIPTION = 'The past of the figures, the oldest first.'

builder.objectField(cluster, 'capacityHistory', (t) =>
  t.field({
    type: capacityHistoryConnection,
    description: DESCRIPTION,
    complexity: pageComplexity,
    args: historyArgs,
    resolve: ({ id }, args, context) => readHistory(id, args, context),
  }),
)

builder.objectField(fleet, 'capacityHistory', (t) =>
  t.field({
    type: capacityHistoryConnection,
    description: `${DESCRIPTION} Sums over those of the present clusters that were measured, see \`clusterCount\`.`,
    complexity: pageComplexity,
    args: historyArgs,
    resolve: (_fleet, args, context) => readHistory(null, args, context),
  }),
)

interface HistoryArguments {
  readonly first?: number | null
  readonly after?: string | null
  readonly from?: Date | null
  readonly to?: Date | null
  readonly resolution?: CapacityResolution | null
}

async function readHistory(clusterId: ClusterId | null, args: HistoryArguments, context: SchemaContext) {
  const page = readPage(args, { field: 'AT', direction: 'ASC' })
  const now = context.now()
  const to = args.to ?? now
  const from = args.from ?? new Date(to.getTime() - DAY_MS)
  if (from > to) {
    const allowed = 'a moment not after `to`'
    throw topLevelError('BAD_INPUT', `from: is after to; allowed: ${allowed}`, { path: 'from', allowed })
  }
  const resolution = args.resolution ?? finestSince(from.getTime(), now.getTime())
  return toConnection(await context.reader.capacityHistory(clusterId, { from, to, resolution }, page), page)
}
