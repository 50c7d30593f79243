import type { Candidate } from '@flotilla/core/placement/candidate'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import type { RecordedHop } from '@flotilla/core/placement/recorded-hop'
import { groupOfKey } from '@flotilla/core/volumes/volume-group'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { clusterAdminState, clusterConnectionState, clusterHealth } from '../clusters/cluster-enums.ts'
import { label, listLabels } from '../labels/label.ts'
import { policy } from '../policies/policy.ts'
import { candidateVerdict } from './candidate-verdict.ts'
import { placedCluster } from './placed-cluster.ts'
import { placementDecision } from './placement-decision.ts'

const seenCluster = builder.objectRef<Candidate>('SeenCluster').implement({
  interfaces: [placedCluster],
  description: 'A cluster as a batch of decisions saw it before the first of them.',
  fields: (t) => ({
    adminState: t.expose('adminState', { type: clusterAdminState, description: 'What was wanted of it.' }),
    connection: t.expose('connection', {
      type: clusterConnectionState,
      description: 'Whether it could be reached.',
    }),
    health: t.expose('health', { type: clusterHealth, description: 'What it reported of itself.' }),
    labels: t.field({
      type: [label],
      description: 'Its labels, by key.',
      resolve: ({ labels }) => listLabels(labels),
    }),
    joinedAt: t.field({
      type: 'DateTime',
      description: 'When it became a member.',
      resolve: ({ joinedAtMs }) => new Date(joinedAtMs),
    }),
    recentBytes: t.expose('recentBytes', {
      type: 'Bytes',
      description:
        "What placements within the policy's share window had promised to it, in bytes; 0 when the policy has none.",
    }),
    maxReplicas: t.int({
      nullable: true,
      description: 'Copies that it could keep; null when it had not been observed.',
      resolve: ({ figures }) => figures?.maxReplicas,
    }),
    volumeCount: t.int({
      nullable: true,
      description: 'Volumes on it, ours or not; null when it had not been observed.',
      resolve: ({ figures }) => figures?.volumeCount,
    }),
  }),
})

const placementHop = builder.objectRef<RecordedHop>('PlacementHop').implement({
  description:
    'One choice within a decision, worked out again from what its batch saw. A cluster that refuses the volume makes another hop; the last one may find none.',
  fields: (t) => ({
    hop: t.int({ description: 'From 0.', resolve: ({ decision }) => decision.hop }),
    decidedAt: t.field({
      type: 'DateTime',
      description: 'When it was decided.',
      resolve: ({ decision }) => decision.decidedAt,
    }),
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'Logical size asked for, in bytes; for growth, by how much it grows.',
      resolve: ({ request }) => request.sizeBytes,
    }),
    replicas: t.int({ description: 'Copies asked for.', resolve: ({ request }) => request.replicas }),
    requestedBytes: t.field({
      type: 'Bytes',
      description: 'What it takes on a cluster: size x replicas, in bytes.',
      resolve: ({ request }) => requestedBytes(request),
    }),
    group: t.string({
      nullable: true,
      description: 'The group in its project that it is kept apart from; null for none.',
      resolve: ({ request }) => (request.group === null ? null : groupOfKey(request.group)),
    }),
    growsOn: t.field({
      type: cluster,
      nullable: true,
      description: 'The cluster of a volume that grows, the only one asked; null for a new volume.',
      resolve: ({ request }, _args, { loaders }) => request.growsOn && loaders.cluster.load(request.growsOn),
    }),
    pinnedTo: t.field({
      type: cluster,
      nullable: true,
      description: 'The cluster of the source of a clone, the only one that may take it; null for others.',
      resolve: ({ request }, _args, { loaders }) =>
        request.pinnedTo && loaders.cluster.load(request.pinnedTo),
    }),
    excludedClusterIds: t.idList({
      description: 'Clusters that had refused the volume before.',
      resolve: ({ request }) => [...request.excludedClusterIds],
    }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: 'The chosen cluster; null when none qualified.',
      resolve: ({ decision }, _args, { loaders }) =>
        decision.clusterId && loaders.cluster.load(decision.clusterId),
    }),
    policyName: t.string({
      description: 'Name of the policy that decided.',
      resolve: ({ decision }) => decision.policyName,
    }),
    policyRevision: t.int({
      description: 'Revision of that policy.',
      resolve: ({ decision }) => decision.policyRevision,
    }),
    policy: t.field({
      type: policy,
      nullable: true,
      description: 'That revision, as it is on record.',
      resolve: ({ decision }, _args, { policies }) =>
        policies.policyRevision(decision.policyName, decision.policyRevision),
    }),
    position: t.exposeInt('position', {
      description: 'How many decisions of the same batch came before and were deducted.',
    }),
    seen: t.expose('seen', {
      type: [seenCluster],
      description:
        'The fleet as the batch saw it, before its first decision. Empty once the details have been removed.',
    }),
    verdicts: t.field({
      type: [candidateVerdict],
      description:
        'Every cluster: the chosen one first, then by rank, then the rejected ones by name. Empty once the details have been removed.',
      resolve: ({ decision }) => decision.verdicts,
    }),
    detailsRemovedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When `seen` and the verdicts were removed, as for a decision; null while they are there.',
      resolve: ({ decision }) => decision.detailsRemovedAt,
    }),
  }),
})

builder.objectField(placementDecision, 'hops', (t) =>
  t.field({
    type: [placementHop],
    description: 'How it came about: every choice, the first one first. The last one is what counts.',
    resolve: ({ id }, _args, { loaders }) => loaders.hops.load(id),
  }),
)
