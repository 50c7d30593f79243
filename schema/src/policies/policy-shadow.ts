import type { PolicyShadow, RecordedDifference } from '@flotilla/core/policies/policy-shadow'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { existing } from '../identity/existing.ts'
import { refuseCount } from '../paging/refuse-count.ts'
import { placementDecision } from '../placement/placement-decision.ts'
import { policy } from './policy.ts'

const DEFAULT_RECENT = 20

const shadowDifference = builder.objectRef<RecordedDifference>('ShadowDifference').implement({
  description: 'One request that the shadow would have decided otherwise, on the same view of the fleet.',
  fields: (t) => ({
    decision: t.field({
      type: placementDecision,
      nullable: true,
      description: 'What was decided; null when it is no longer on record.',
      resolve: ({ decisionId }, _args, { loaders }) => loaders.decision.load(decisionId),
    }),
    policyRevision: t.exposeInt('policyRevision', { description: 'Revision of the policy that decided.' }),
    shadowRevision: t.exposeInt('shadowRevision', { description: 'Revision of the shadow.' }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: 'Where it went; null when it was refused.',
      resolve: ({ clusterId }, _args, { loaders }) => clusterId && loaders.cluster.load(clusterId),
    }),
    shadowCluster: t.field({
      type: cluster,
      nullable: true,
      description: 'Where the shadow would have put it; null when it would have refused.',
      resolve: ({ shadowClusterId }, _args, { loaders }) =>
        shadowClusterId && loaders.cluster.load(shadowClusterId),
    }),
    projectedRatio: t.float({
      nullable: true,
      description: 'Projected ratio of `cluster`, a fraction; null when it was refused.',
      resolve: ({ ratio }) => ratio,
    }),
    shadowProjectedRatio: t.float({
      nullable: true,
      description: 'Projected ratio of `shadowCluster`, a fraction; null when the shadow would have refused.',
      resolve: ({ shadowRatio }) => shadowRatio,
    }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', description: 'When it was decided.' }),
  }),
})

const policyShadow = builder.objectRef<PolicyShadow>('PolicyShadow').implement({
  description:
    'A second policy that decides each request beside the active one, without any effect. Decisions are compared one by ' +
    "one: the shadow sees the fleet as the active policy's choices have charged it, with the active policy's defaults " +
    'for what the request left open. Volumes that move on because a cluster refused them are not compared.',
  fields: (t) => ({
    policy: t.field({
      type: policy,
      description: 'The shadow, in its current revision.',
      resolve: ({ shadowName }, _args, { loaders }) => existing(loaders.policy.load(shadowName), shadowName),
    }),
    since: t.expose('since', {
      type: 'DateTime',
      description: 'When it was set; what follows counts from here.',
    }),
    decisions: t.exposeInt('decisions', { description: 'Requests that both have decided.' }),
    differences: t.exposeInt('differences', { description: 'Those that came out otherwise.' }),
    refusalsOnlyByShadow: t.exposeInt('refusalsOnlyByShadow', {
      description: 'Differences where only the shadow found no cluster.',
    }),
    refusalsOnlyByActive: t.exposeInt('refusalsOnlyByActive', {
      description: 'Differences where only the active policy found no cluster.',
    }),
    skippedBatches: t.exposeInt('skippedBatches', {
      description:
        'Placement transactions that were not compared, because the shadow could not keep up or the comparison failed.',
    }),
    recent: t.field({
      type: [shadowDifference],
      description: 'Differences, the newest first; the last 1,000 are kept.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: DEFAULT_RECENT,
          description: 'How many, 1 to 200.',
        }),
      },
      complexity: ({ first }) => ({ field: 1, multiplier: first }),
      resolve: ({ policyName }, { first }, { policies }) => {
        refuseCount(first)
        return policies.shadowDifferences(policyName, first)
      },
    }),
  }),
})

builder.objectField(policy, 'shadow', (t) =>
  t.field({
    type: policyShadow,
    nullable: true,
    description: 'What decides beside this policy, whatever the revision; null when nothing does.',
    resolve: (own, _args, { loaders }) => loaders.policyShadow.load(own.policy.name),
  }),
)
