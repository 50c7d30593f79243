import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { ALL_VERDICTS } from '../paging/weights.ts'
import { volume } from '../volumes/volume.ts'
import { candidateVerdict } from './candidate-verdict.ts'

export const placementDecision = builder.node(builder.objectRef<PlacementDecision>('PlacementDecision'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `dec_`.' },
  description: 'The recorded outcome of one placement: every cluster with its figures and the verdict.',
  isTypeOf: isNode('PlacementDecision'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.decision.load(readId('PlacementDecision', id, 'id'))),
  fields: (t) => ({
    sizeBytes: t.expose('sizeBytes', {
      type: 'Bytes',
      description: 'Logical size asked for, of a growth what it grows by, in bytes.',
    }),
    replicas: t.exposeInt('replicas', { description: 'Copies asked for.' }),
    requestedBytes: t.field({
      type: 'Bytes',
      description: 'What it takes on a cluster: size x replicas, in bytes.',
      resolve: (decision) => requestedBytes(decision),
    }),
    policyName: t.exposeString('policyName', { description: 'Name of the policy that decided.' }),
    policyRevision: t.exposeInt('policyRevision', { description: 'Revision of that policy.' }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description:
        'The cluster chosen last; null when none qualified, and when every one that did has refused the volume and no other was left. `hops` has those before.',
      resolve: ({ clusterId }, _args, { loaders }) => clusterId && loaders.cluster.load(clusterId),
    }),
    volume: t.field({
      type: volume,
      nullable: true,
      description: 'The volume that was placed; null when the request was refused.',
      resolve: ({ volumeId }, _args, { loaders }) => loaders.volume.load(volumeId),
    }),
    verdicts: t.expose('verdicts', {
      type: [candidateVerdict],
      description:
        'Every cluster: the chosen one first, then by rank, then the rejected ones by name. Empty once the details have been removed.',
      complexity: ALL_VERDICTS,
    }),
    detailsRemovedAt: t.expose('detailsRemovedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the verdicts were removed, because they are kept for a time only (DECISION_DETAILS_KEPT_DAYS); null while they are there. The choice stays.',
    }),
    hop: t.exposeInt('hop', {
      description: 'How many clusters had refused the volume before this choice.',
    }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', description: 'When it was decided.' }),
  }),
})

builder.queryField('placementDecision', (t) =>
  t.field({
    type: placementDecision,
    nullable: true,
    description: 'One decision; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the decision.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.decision.load(readId('PlacementDecision', id, 'id')),
  }),
)

builder.objectField(volume, 'placementDecision', (t) =>
  t.field({
    type: placementDecision,
    nullable: true,
    description: 'Why it is where it is; null for an adopted volume, which nobody has placed.',
    resolve: ({ decisionId }, _args, { loaders }) =>
      decisionId && existing(loaders.decision.load(decisionId), decisionId),
  }),
)
