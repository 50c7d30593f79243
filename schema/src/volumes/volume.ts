import type { ClusterCapacity } from '@flotilla/core/clusters/cluster-capacity'
import type { VolumePicture } from '@flotilla/core/findings/finding'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Volume, VolumeObservation } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { listedOf } from '../hosts/listed-of.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { label, listLabels } from '../labels/label.ts'
import type { Loaders } from '../loaders.ts'

export const volumeState = builder.enumType('VolumeState', {
  description: 'Where a volume stands. What is under way will be finished, whatever crashes.',
  values: {
    CREATING: { description: 'Its cluster has been chosen and is being asked.' },
    AVAILABLE: { description: 'It exists as wanted.' },
    RESIZING: { description: 'It exists and is being made larger or smaller.' },
    UPDATING: {
      description:
        'It exists and other properties of it are being changed, or a size that others have cut off is put back.',
    },
    RESTORING: { description: 'It exists and is being put back to one of its snapshots.' },
    DELETING: { description: 'It is being removed from its cluster.' },
    DELETED: { description: 'Its cluster has said that it is gone.' },
    FAILED: {
      description: 'It was given up; the latest operation says why, and nothing is left on any cluster.',
    },
    MISSING: { description: 'Its cluster no longer has it. Reported, never recreated by itself.' },
    RELEASED: {
      description: 'Its cluster has left the fleet with it. It was not touched, and is no longer managed.',
    },
  },
})

/** The observation of one volume. */
interface OneObservation extends VolumeObservation {
  readonly volumeId: VolumeId
}

/** One property as it was seen, of all that are kept together; null where that is not known. */
async function seenAs<Property>(
  { volumeId }: OneObservation,
  loaders: Loaders,
  property: (picture: VolumePicture) => Property,
): Promise<Property | null> {
  const picture = await loaders.observedPicture.load(volumeId)
  return picture && property(picture)
}

const volumeObservation = builder.objectRef<OneObservation>('VolumeObservation').implement({
  description:
    'What a cluster was last seen to hold for one of our volumes. Null for a property: it was not seen yet.',
  fields: (t) => ({
    name: t.string({
      nullable: true,
      description: 'Its name on the cluster.',
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ name }) => name),
    }),
    project: t.string({
      nullable: true,
      description: "The cluster's project that has it.",
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ project }) => project),
    }),
    replicas: t.int({
      nullable: true,
      description: 'Copies that the cluster keeps.',
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ replicas }) => replicas),
    }),
    compression: t.boolean({
      nullable: true,
      description: 'Whether the cluster compresses it.',
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ compression }) => compression),
    }),
    qosPolicy: t.string({
      nullable: true,
      description: "Name of its QoS policy; null for the cluster's default, too.",
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ qosPolicy }) => qosPolicy),
    }),
    labels: t.field({
      type: [label],
      nullable: true,
      description: 'Its labels by key; a cluster may spell them otherwise than they were asked for.',
      resolve: (own, _args, { loaders }) => seenAs(own, loaders, ({ labels }) => listLabels(labels)),
    }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'Bytes',
      description: 'Logical size on the cluster, in bytes.',
    }),
    state: t.exposeString('state', { description: 'Its state in the words of the cluster.' }),
    protection: t.exposeString('protection', {
      nullable: true,
      description: 'How well its replicas are, in the words of the cluster; null when it does not say.',
    }),
    hostNqns: t.stringList({
      nullable: true,
      description:
        'NQNs of the hosts that its cluster admitted to it, ours or not; null when that was not seen.',
      resolve: ({ access }) => access && listedOf(access.hostNqns),
    }),
    admitsAnyHost: t.boolean({
      nullable: true,
      description: 'Whether its cluster admitted every host to it; null when that was not seen.',
      resolve: ({ access }) => access && access.hostNqns === 'ANY',
    }),
    foreignSnapshotCount: t.exposeInt('foreignSnapshotCount', {
      nullable: true,
      description:
        'Snapshots of it that were not taken here, by the last inventory; null until one has looked. While there are any, and while it is null, it is not deleted without `cascade`.',
    }),
    addresses: t.stringList({
      nullable: true,
      description:
        'IP addresses from which its cluster admitted hosts; none where it admitted them from all; null when that was not seen.',
      resolve: ({ access }) => access && listedOf(access.addresses),
    }),
    admitsAnyAddress: t.boolean({
      nullable: true,
      description: 'Whether its cluster admitted hosts from any address; null when that was not seen.',
      resolve: ({ access }) => access && access.addresses === 'ANY',
    }),
    observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When this was seen.' }),
  }),
})

export const volume = builder.node(builder.objectRef<Volume>('Volume'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `vol_`.' },
  description: 'A volume of ours: what is wanted, and what was last observed.',
  isTypeOf: isNode('Volume'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.volume.load(readId('Volume', id, 'id'))),
  fields: (t) => ({
    project: t.exposeString('project', { description: 'The tenant that owns it.' }),
    name: t.exposeString('name', { description: 'Unique in its project among volumes that exist.' }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'Bytes',
      description:
        'Logical size that is promised, in bytes: the wanted one, or the present one while it shrinks.',
    }),
    shrinkToBytes: t.expose('shrinkToBytes', {
      type: 'Bytes',
      nullable: true,
      description:
        'The smaller logical size that is wanted, in bytes, until its cluster has confirmed it; null when it does not shrink.',
    }),
    replicas: t.exposeInt('replicas', { description: 'Copies that its cluster keeps.' }),
    compression: t.exposeBoolean('compression', { description: 'Whether its cluster compresses it.' }),
    qosPolicy: t.exposeString('qosPolicy', {
      nullable: true,
      description:
        "Name of the QoS policy on its cluster that it was asked for with; null for the cluster's own default.",
    }),
    labels: t.field({
      type: [label],
      description: "The operator's labels, by key.",
      resolve: ({ labels }) => listLabels(labels),
    }),
    policyName: t.exposeString('policyName', { description: 'Name of the policy that decides about it.' }),
    policyRevision: t.exposeInt('policyRevision', {
      description: 'The revision of that policy that chose its cluster.',
    }),
    group: t.exposeString('group', {
      nullable: true,
      description: 'It is kept apart from others of this group in its project; null for none.',
    }),
    state: t.expose('state', { type: volumeState, description: 'Where it stands.' }),
    cluster: t.field({
      type: cluster,
      description: 'The cluster that has it, or was chosen to.',
      resolve: ({ clusterId }, _args, { loaders }) => existing(loaders.cluster.load(clusterId), clusterId),
    }),
    backendName: t.exposeString('backendName', {
      description:
        'Its name on the cluster; follows from its id, unless it was adopted or somebody renamed it there.',
    }),
    backendProject: t.exposeString('backendProject', { description: "The cluster's project that has it." }),
    adoptedAt: t.expose('adoptedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken under management, having been there before; null for one made by us.',
    }),
    backendId: t.exposeString('backendId', {
      nullable: true,
      description: "The cluster's own UUID for it; null until the cluster has created it.",
    }),
    observed: t.field({
      type: volumeObservation,
      nullable: true,
      description: 'What its cluster was last seen to hold; null until it was seen.',
      resolve: async ({ id, clusterId, observed }, _args, { loaders }) =>
        observed && {
          ...lookedAgain(observed, await loaders.capacity.load(clusterId)),
          volumeId: id,
        },
    }),
    revision: t.exposeInt('revision', {
      description: 'Grows with each change of this record; for `expectedRevision`.',
    }),
    generation: t.exposeInt('generation', {
      description:
        'Counts what was asked of its cluster, from 1, the creation. A new name is no matter of the cluster and does not count.',
    }),
    settledGeneration: t.exposeInt('settledGeneration', {
      description:
        'The last generation that came to an end, done or refused, as its operation says; less than `generation` while its cluster has something left to do.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this record last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its cluster said that it is gone; null before.',
    }),
  }),
})

/** Records change only when what is seen does: the last inventory of its cluster still saw the same. */
function lookedAgain(observed: VolumeObservation, capacity: ClusterCapacity | null): VolumeObservation {
  return capacity && capacity.inventoryAt > observed.observedAt
    ? { ...observed, observedAt: capacity.inventoryAt }
    : observed
}

builder.queryField('volume', (t) =>
  t.field({
    type: volume,
    nullable: true,
    description: 'One volume, deleted or not; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the volume.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.volume.load(readId('Volume', id, 'id')),
  }),
)
