import {
  differences,
  type Finding,
  type FindingEntry,
  type VolumePicture,
} from '@flotilla/core/findings/finding'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { listedOf } from '../hosts/listed-of.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { label, listLabels } from '../labels/label.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'

export const findingKind = builder.enumType('FindingKind', {
  description: 'What differs between our records and a cluster.',
  values: {
    FOREIGN: { description: 'A volume on a cluster that is not ours: adopt it, or ignore it.' },
    MISSING: { description: 'A volume of ours that its cluster has no more: recreate it, or forget it.' },
    MISSING_SNAPSHOT: {
      description:
        'A snapshot of ours that its cluster has no more, before its time is over: delete it, or wait until it would have gone by itself.',
    },
    CHANGED: { description: 'A volume of ours that somebody has changed on its cluster.' },
  },
})

export const findingState = builder.enumType('FindingState', {
  description: 'Where a finding stands.',
  values: {
    OPEN: { description: 'It waits for somebody.' },
    IGNORED: { description: 'It is left alone until a time; then it is OPEN again.' },
    RESOLVED: { description: 'Its cause is gone. Should it return, the same finding is opened again.' },
  },
})

const findingAction = builder.enumType('FindingAction', {
  description: 'What happened to a finding.',
  values: {
    FOUND: { description: 'A poll saw it first.' },
    REOPENED: { description: 'Its cause has returned.' },
    IGNORED: { description: 'Somebody wants it left alone for a time.' },
    EXPIRED: { description: 'That time is over.' },
    ADOPTED: { description: 'Somebody has taken the volume under management.' },
    REVERTED: {
      description: 'As the policy says, the volume is being put back; the note names the operation.',
    },
    RECREATED: { description: 'Somebody has asked for the volume anew.' },
    FORGOTTEN: { description: 'Somebody has deleted the volume from the records, or the snapshot.' },
    RESOLVED: { description: 'Its cause was seen to be gone.' },
  },
})

const findingEntry = builder.objectRef<FindingEntry>('FindingEntry').implement({
  description: 'One thing that happened to a finding.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    actor: t.exposeString('actor', { description: 'Name of the token, or `flotilla`.' }),
    action: t.expose('action', { type: findingAction, description: 'What.' }),
    note: t.exposeString('note', {
      nullable: true,
      description: 'Why, or what came of it; null for no word.',
    }),
  }),
})

const volumePicture = builder.objectRef<VolumePicture>('VolumePicture').implement({
  description: 'One view of a volume on its cluster.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name there.' }),
    project: t.exposeString('project', { description: "The cluster's project that has it." }),
    sizeBytes: t.expose('sizeBytes', { type: 'Bytes', description: 'Logical size, in bytes.' }),
    replicas: t.exposeInt('replicas', { description: 'Copies that the cluster keeps.' }),
    compression: t.exposeBoolean('compression', { description: 'Whether it is compressed.' }),
    qosPolicy: t.exposeString('qosPolicy', {
      nullable: true,
      description: "Name of its QoS policy; null for the cluster's default.",
    }),
    labels: t.field({
      type: [label],
      description: 'Its labels by key; a cluster may spell them otherwise than they were asked for.',
      resolve: ({ labels }) => listLabels(labels),
    }),
    hostNqns: t.stringList({
      nullable: true,
      description:
        'NQNs of the hosts that are admitted to it; null in a view from before that was kept. None where every host is.',
      resolve: ({ access }) => access && listedOf(access.hostNqns),
    }),
    admitsAnyHost: t.boolean({
      nullable: true,
      description: 'Whether every host is admitted to it; null in a view from before that was kept.',
      resolve: ({ access }) => access && access.hostNqns === 'ANY',
    }),
    addresses: t.stringList({
      nullable: true,
      description:
        'IP addresses from which hosts are admitted; null in a view from before that was kept. None where all are.',
      resolve: ({ access }) => access && listedOf(access.addresses),
    }),
    admitsAnyAddress: t.boolean({
      nullable: true,
      description: 'Whether hosts are admitted from any address; null in a view from before that was kept.',
      resolve: ({ access }) => access && access.addresses === 'ANY',
    }),
  }),
})

export const finding = builder.node(builder.objectRef<Finding>('Finding'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `fnd_`.' },
  description: 'Something that differs between our records and a cluster; one for each cause.',
  isTypeOf: isNode('Finding'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.finding.load(readId('Finding', id, 'id'))),
  fields: (t) => ({
    kind: t.expose('kind', { type: findingKind, description: 'What differs.' }),
    state: t.expose('state', { type: findingState, description: 'Where it stands.' }),
    cluster: t.field({
      type: cluster,
      description: 'The cluster that it is about.',
      resolve: ({ clusterId }, _args, { loaders }) => existing(loaders.cluster.load(clusterId), clusterId),
    }),
    name: t.exposeString('name', { description: 'Name of the volume, or of the snapshot, on the cluster.' }),
    backendId: t.exposeString('backendId', {
      nullable: true,
      description: "The cluster's own id of a FOREIGN volume; null for others.",
    }),
    volume: t.field({
      type: volume,
      nullable: true,
      description:
        'The volume of ours, or the one that adoption made; null for a FOREIGN one before that. Of a MISSING_SNAPSHOT the volume that it was taken of.',
      resolve: ({ volumeId }, _args, { loaders }) => volumeId && loaders.volume.load(volumeId),
    }),
    snapshot: t.field({
      type: snapshot,
      nullable: true,
      description: 'The snapshot of ours; null unless it is a MISSING_SNAPSHOT.',
      resolve: ({ snapshotId }, _args, { loaders }) => snapshotId && loaders.snapshot.load(snapshotId),
    }),
    wanted: t.expose('wanted', {
      type: volumePicture,
      nullable: true,
      description:
        'What our record asked for when it was last looked at; null for a FOREIGN one, and for a snapshot.',
    }),
    written: t.expose('written', {
      type: volumePicture,
      nullable: true,
      description:
        'What we have last written and the cluster has confirmed, in its own words; null for a FOREIGN one, for a snapshot, and where it is not known.',
    }),
    observed: t.expose('observed', {
      type: volumePicture,
      nullable: true,
      description: 'What the last inventory saw; null for one that is missing.',
    }),
    differences: t.stringList({
      description: 'Fields in which `observed` is otherwise than `written`; empty unless it is CHANGED.',
      resolve: ({ written, observed }) => [...(written && observed ? differences(written, observed) : [])],
    }),
    ignoredUntil: t.expose('ignoredUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is OPEN again; null unless it is IGNORED.',
    }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it was found first.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its cause was gone; null until then.',
    }),
    history: t.expose('history', {
      type: [findingEntry],
      description: 'What happened to it, oldest first; the oldest of many are dropped.',
    }),
  }),
})
