import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import { builder } from '../builder.ts'
import { refuseCount } from '../paging/refuse-count.ts'
import { driftRule, ranking } from './policy-enums.ts'
import {
  labelPreference,
  labelRequirement,
  policyLimits,
  shareRule,
  spreadRule,
  volumeDefaults,
} from './policy-parts.ts'

const DEFAULT_REVISIONS = 20

export const policy = builder.objectRef<StoredPolicy>('Policy').implement({
  description:
    'One revision of a policy: which clusters qualify for a volume, up to where, and in what order.',
  fields: (t) => ({
    name: t.string({ description: 'Unique among policies in use.', resolve: (own) => own.policy.name }),
    revision: t.int({
      description: 'From 1; rises with each change.',
      resolve: (own) => own.policy.revision,
    }),
    description: t.string({ description: 'For people.', resolve: (own) => own.policy.description }),
    require: t.field({
      type: [labelRequirement],
      description: 'What the labels of a cluster must be.',
      resolve: (own) => own.policy.require,
    }),
    prefer: t.field({
      type: [labelPreference],
      description: 'What the labels should rather be.',
      resolve: (own) => own.policy.prefer,
    }),
    spread: t.field({
      type: spreadRule,
      nullable: true,
      description: 'How groups are kept apart; null when they are not.',
      resolve: (own) => own.policy.spread,
    }),
    limits: t.field({
      type: policyLimits,
      description: 'Up to where clusters qualify.',
      resolve: (own) => own.policy,
    }),
    ranking: t.field({
      type: ranking,
      description: 'What ranks the clusters that qualify.',
      resolve: (own) => own.policy.ranking,
    }),
    share: t.field({
      type: shareRule,
      nullable: true,
      description: 'How recent placements are shared; null for freely.',
      resolve: (own) => own.policy.share,
    }),
    drift: t.field({
      type: driftRule,
      description: 'What is done about volumes that were changed behind our back.',
      resolve: (own) => own.policy.drift,
    }),
    defaults: t.field({
      type: volumeDefaults,
      description: 'For what requests do not say.',
      resolve: (own) => own.policy,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When this revision was made.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'Name of the token that made it; `flotilla` for what the installation made itself.',
    }),
    volumeCount: t.int({
      description:
        'Volumes that the policy, in whatever revision, has placed and that are not DELETED or FAILED.',
      resolve: (own, _args, { loaders }) => loaders.policyVolumeCount.load(own.policy.name),
    }),
  }),
})

builder.objectField(policy, 'revisions', (t) =>
  t.field({
    type: [policy],
    description: 'Revisions of the policy, the newest first.',
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: DEFAULT_REVISIONS,
        description: `How many, 1 to ${MAX_PAGE_SIZE}.`,
      }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: first }),
    resolve: (own, { first }, { policies }) => {
      refuseCount(first)
      return policies.policyRevisions(own.policy.name, first)
    },
  }),
)

builder.queryField('policies', (t) =>
  t.field({
    type: [policy],
    description: 'The current revision of every policy, by name.',
    resolve: (_root, _args, { policies }) => policies.listPolicies(),
  }),
)

builder.queryField('policy', (t) =>
  t.field({
    type: policy,
    nullable: true,
    description: 'One revision of a policy; null when there is none.',
    args: {
      name: t.arg.string({ required: true, description: 'Name of the policy.' }),
      revision: t.arg.int({
        description: 'The current one when absent. Those of deleted policies are kept as well.',
      }),
    },
    resolve: (_root, { name, revision }, { policies, loaders }) =>
      typeof revision === 'number' ? policies.policyRevision(name, revision) : loaders.policy.load(name),
  }),
)
