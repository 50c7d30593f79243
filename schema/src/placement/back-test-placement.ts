import { InvalidInputError } from '@flotilla/core/errors'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { BacktestSide, ChangedPlacement } from '@flotilla/core/placement/replay-under'
import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import { type BackTestReport, DEFAULT_REPLAYED, MAX_REPLAYED } from '@flotilla/core/ports/placement-trials'
import { builder } from '../builder.ts'
import { refuseCount } from '../paging/refuse-count.ts'
import { policyDocumentInput, readDocument } from '../policies/policy-document-input.ts'
import { fleetBalance } from './fleet-balance.ts'
import { toTrialCluster, trialCluster } from './trial-cluster.ts'
import { ADDED_CLUSTERS, addedClusterInput, readAddedClusters, readClusterIds } from './trial-inputs.ts'

const DEFAULT_CHANGES = 50

const backTestFleet = builder.enumType('BackTestFleet', {
  description: 'The fleet that past requests are placed on again.',
  values: {
    RECORDED: { description: 'The one that the first of the decisions saw.' },
    PRESENT: {
      description:
        'The one that is there now, with all that it holds: what if the same requests came once more.',
    },
  } as const,
})

const backTestPlacementInput = builder.inputType('BackTestPlacementInput', {
  description: 'Which decisions are taken again, and what is to be different.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Decisions from this moment on; absent: any.' }),
    to: t.field({ type: 'DateTime', description: 'Decisions before this moment; absent: any.' }),
    last: t.int({
      required: true,
      defaultValue: DEFAULT_REPLAYED,
      description: `How many of them, the newest, 1 to ${MAX_REPLAYED}.`,
    }),
    decidedBy: t.string({
      description: 'Only decisions of the policy with this name; the others are left out of both sides.',
    }),
    policy: t.string({
      description:
        'Name of the policy that decides now, in its current revision. Absent, and without a document: the one that decided, in its revision.',
    }),
    document: t.field({
      type: policyDocumentInput,
      description: 'A policy that is not stored, instead of a name.',
    }),
    fleet: t.field({
      type: backTestFleet,
      required: true,
      defaultValue: 'RECORDED',
      description: 'The fleet that they are placed on.',
    }),
    addClusters: t.field({
      type: [addedClusterInput],
      required: true,
      defaultValue: [],
      description: `Clusters that join it before the first decision. ${ADDED_CLUSTERS}`,
    }),
    withoutClusters: t.idList({
      required: true,
      defaultValue: [],
      description: 'Ids of clusters that are left out of it.',
    }),
  }),
})

const backTestSide = builder.objectRef<BacktestSide>('BackTestSide').implement({
  description: 'What the decisions come to on one side.',
  fields: (t) => ({
    placed: t.exposeInt('placed', { description: 'Decisions that found a cluster.' }),
    refused: t.exposeInt('refused', { description: 'Decisions that found none.' }),
    balance: t.field({
      type: fleetBalance,
      description: 'The fleet after the last of them.',
      resolve: (side) => side,
    }),
  }),
})

type NamedChange = ChangedPlacement & { readonly names: ReadonlyMap<ClusterId, string> }

const changedPlacement = builder.objectRef<NamedChange>('ChangedPlacement').implement({
  description: 'A decision that comes out otherwise.',
  fields: (t) => {
    const named = (key: 'recorded' | 'from' | 'to', description: string) =>
      t.field({
        type: trialCluster,
        nullable: true,
        description,
        resolve: ({ names, ...change }) => {
          const id = change[key]
          return id && toTrialCluster(id, names)
        },
      })
    return {
      volumeId: t.id({
        description: 'The volume that was asked for; a refused request has an id too, but no volume.',
        resolve: ({ request }): VolumeId => request.volumeId,
      }),
      sizeBytes: t.field({
        type: 'Bytes',
        description: 'Logical size asked for, in bytes; for growth, by how much it grows.',
        resolve: ({ request }) => request.sizeBytes,
      }),
      replicas: t.int({ description: 'Copies asked for.', resolve: ({ request }) => request.replicas }),
      recorded: named('recorded', 'The cluster that was chosen at the time; null for a refusal.'),
      from: named('from', 'The cluster in the baseline; null for a refusal.'),
      to: named('to', 'The cluster now; null for a refusal.'),
    }
  },
})

const backTestPlacementPayload = builder.objectRef<BackTestReport>('BackTestPlacementPayload').implement({
  description:
    'Past decisions taken again by the real placer. Every side starts from one view of its fleet and only adds up: deletes and what polls found in between are in none, time stands still, and shares count from the first decision on.',
  fields: (t) => ({
    decisionCount: t.exposeInt('decisionCount', {
      description:
        'Decisions taken again. One that went from cluster to cluster counts once, by its last hop.',
    }),
    firstAt: t.expose('firstAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the first of them was decided; null when the range holds none.',
    }),
    lastAt: t.expose('lastAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last of them was decided; null when the range holds none.',
    }),
    hasEarlier: t.exposeBoolean('hasEarlier', {
      description: 'Whether the range holds more, before the first one.',
    }),
    recorded: t.expose('recorded', { type: backTestSide, description: 'As it was decided at the time.' }),
    baseline: t.expose('baseline', {
      type: backTestSide,
      description:
        'The same decisions taken again on the recorded fleet, each under the policy revision that took it: what the changes are measured against.',
    }),
    replayed: t.expose('replayed', {
      type: backTestSide,
      description: 'The decisions under what is different.',
    }),
    driftedCount: t.exposeInt('drifted', {
      description:
        'Decisions of the baseline that differ from the record: how much what happened in between matters.',
    }),
    changeCount: t.int({
      description: 'Decisions that come out otherwise than in the baseline.',
      resolve: ({ changes }) => changes.length,
    }),
    changes: t.field({
      type: [changedPlacement],
      description: 'The first of them, in order.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: DEFAULT_CHANGES,
          description: `How many, 1 to ${MAX_PAGE_SIZE}.`,
        }),
      },
      complexity: ({ first }) => ({ field: 1, multiplier: first }),
      resolve: ({ changes, clusterNames: names }, { first }) => {
        refuseCount(first)
        return changes.slice(0, first).map((change) => ({ ...change, names }))
      },
    }),
  }),
})

builder.queryField('backTestPlacement', (t) =>
  t.field({
    type: backTestPlacementPayload,
    description: 'What past decisions would have been under another policy or on another fleet.',
    errors: {
      types: [InvalidInputError],
      union: { name: 'BackTestPlacementResult', description: 'Outcome of `backTestPlacement`.' },
    },
    args: {
      input: t.arg({
        type: backTestPlacementInput,
        required: true,
        description: 'The decisions and what is different.',
      }),
    },
    resolve: (_root, { input }, { trials }) =>
      trials.backTest({
        from: input.from ?? undefined,
        to: input.to ?? undefined,
        last: input.last,
        decidedBy: input.decidedBy ?? undefined,
        policy: input.policy ?? undefined,
        document: input.document ? readDocument(input.document) : undefined,
        fleet: input.fleet,
        addClusters: readAddedClusters(input.addClusters),
        withoutClusters: readClusterIds(input.withoutClusters, 'withoutClusters'),
      }),
  }),
)
