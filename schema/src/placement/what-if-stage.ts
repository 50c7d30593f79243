import type { ClusterId } from '@flotilla/core/identity/ids'
import type { CrossedLimit } from '@flotilla/core/placement/limits-crossed'
import type { FailingRequest, FilledCluster, WhatIfStage } from '@flotilla/core/placement/what-if'
import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import { builder } from '../builder.ts'
import { refuseCount } from '../paging/refuse-count.ts'
import { fleetBalance } from './fleet-balance.ts'
import { refusalReason } from './refusal-reason.ts'
import { toTrialCluster, trialCluster } from './trial-cluster.ts'

const DEFAULT_CLUSTERS = 20
const DEFAULT_FAILING = 3

type Named<T> = T & { readonly names: ReadonlyMap<ClusterId, string> }

const fillLimit = builder.enumType('FillLimit', {
  description: 'A limit that a cluster reaches as it fills.',
  values: {
    PROMISED: { description: 'Its provisioned ratio, as the policy allows for new volumes.' },
    PROMISED_RESIZE: {
      description:
        'Its provisioned ratio, as the policy allows when a volume that is there grows. Crossed only: new volumes fill no cluster so far.',
    },
    WRITTEN: { description: 'What has to stay physically free.' },
    VOLUME_COUNT: { description: 'The volumes that it may hold.' },
  },
})

const crossedLimit = builder.objectRef<Named<CrossedLimit>>('CrossedLimit').implement({
  description: 'A limit that a cluster is past.',
  fields: (t) => ({
    cluster: t.field({
      type: trialCluster,
      description: 'The cluster.',
      resolve: ({ clusterId, names }) => toTrialCluster(clusterId, names),
    }),
    limit: t.expose('limit', { type: fillLimit, description: 'The limit.' }),
  }),
})

const filledCluster = builder.objectRef<Named<FilledCluster>>('FilledCluster').implement({
  description: 'A cluster that took volumes until it had no room for the smallest of them.',
  fields: (t) => ({
    cluster: t.field({
      type: trialCluster,
      description: 'The cluster.',
      resolve: ({ clusterId, names }) => toTrialCluster(clusterId, names),
    }),
    limit: t.expose('limit', { type: fillLimit, description: 'The limit that ended it.' }),
    afterPlaced: t.exposeInt('afterPlaced', {
      description: 'How many volumes had been placed by then, over all clusters.',
    }),
  }),
})

const failingRequest = builder.objectRef<FailingRequest>('FailingRequest').implement({
  description: 'A request that fails and did not in the stage before.',
  fields: (t) => ({
    number: t.exposeInt('number', {
      description: 'Its place among the requests of the stage, from 1, those of lost clusters first.',
    }),
    volumeId: t.id({
      nullable: true,
      description: 'The volume of a lost cluster that finds no other place; null for one that is onboarded.',
      resolve: ({ request, isDisplaced }) => (isDisplaced ? request.volumeId : null),
    }),
    policyName: t.exposeString('policyName', { description: 'Name of the policy that decided about it.' }),
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'Logical size asked for, in bytes.',
      resolve: ({ request }) => request.sizeBytes,
    }),
    replicas: t.int({ description: 'Copies asked for.', resolve: ({ request }) => request.replicas }),
    reasons: t.expose('reasons', {
      type: [refusalReason],
      description: 'Why, the reason of most clusters first.',
    }),
  }),
})

const stageKind = builder.enumType('WhatIfStageKind', {
  description: 'What has happened to the fleet before a stage.',
  values: {
    PRESENT: { description: 'Nothing: it is as it is.' },
    CHANGED: { description: 'Clusters have joined or gone.' },
    GROWN: { description: 'Everything has grown by so many steps, after clusters have joined or gone.' },
  },
})

export const whatIfStage = builder.objectRef<Named<WhatIfStage>>('WhatIfStage').implement({
  description: 'How one state of the fleet fares when the volumes are asked for.',
  fields: (t) => {
    const first = (defaultValue: number) => ({
      first: t.arg.int({ required: true, defaultValue, description: `How many, 1 to ${MAX_PAGE_SIZE}.` }),
    })
    const weigh = ({ first: count }: { first: number }) => ({ field: 1, multiplier: count })
    const take = <T>(items: readonly T[], count: number): readonly T[] => {
      refuseCount(count)
      return items.slice(0, count)
    }
    return {
      kind: t.expose('kind', { type: stageKind, description: 'What has happened before.' }),
      step: t.exposeInt('step', { description: 'Steps of growth that lie behind it.' }),
      crossedCount: t.int({
        description: 'Limits that clusters are past before any request and were not in the stage before.',
        resolve: ({ crossed }) => crossed.length,
      }),
      crossed: t.field({
        type: [crossedLimit],
        description: 'The first of them.',
        args: first(DEFAULT_CLUSTERS),
        complexity: weigh,
        resolve: ({ crossed, names }, args) => take(crossed, args.first).map((each) => ({ ...each, names })),
      }),
      filledCount: t.int({
        description: 'Clusters that had no room left at some request.',
        resolve: ({ filled }) => filled.length,
      }),
      filled: t.field({
        type: [filledCluster],
        description: 'The first of them, in the order in which they filled.',
        args: first(DEFAULT_CLUSTERS),
        complexity: weigh,
        resolve: ({ filled, names }, args) => take(filled, args.first).map((each) => ({ ...each, names })),
      }),
      placed: t.exposeInt('placed', { description: 'Requests that found a cluster.' }),
      refused: t.exposeInt('refused', { description: 'Requests that found none.' }),
      placedBeforeFirstRefusal: t.exposeInt('placedBeforeFirstRefusal', {
        nullable: true,
        description: 'Requests placed before the first one that fails; null when none fails.',
      }),
      failingCount: t.exposeInt('failingCount', {
        description: 'Requests that fail here and did not in the stage before.',
      }),
      failing: t.field({
        type: [failingRequest],
        description: 'The first of them, at most 10, with the reasons.',
        args: first(DEFAULT_FAILING),
        complexity: weigh,
        resolve: ({ failing }, args) => take(failing, args.first),
      }),
      balance: t.field({
        type: fleetBalance,
        description: 'The fleet after the last request.',
        resolve: (stage) => stage,
      }),
    }
  },
})
