import type { Cluster, ClusterNode } from '@flotilla/core/clusters/cluster'
import { CLUSTER_KINDS } from '@flotilla/core/clusters/cluster-kinds'
import { builder } from '../builder.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { label, listLabels } from '../labels/label.ts'
import { clusterCapabilities } from './cluster-capabilities.ts'
import { clusterCapacity } from './cluster-capacity.ts'
import {
  clusterAdminState,
  clusterConnectionState,
  clusterHealth,
  credentialKind,
  tlsMode,
} from './cluster-enums.ts'

const clusterNode = builder.objectRef<ClusterNode>('ClusterNode').implement({
  description: 'A machine of a cluster, as last observed.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name on the cluster.' }),
    backendId: t.exposeString('backendId', { description: "The cluster's own id of it." }),
    state: t.exposeString('state', { description: 'Its state in the words of the cluster.' }),
  }),
})

export const cluster = builder.node(builder.objectRef<Cluster>('Cluster'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `cls_`.' },
  description: 'One storage cluster, member of the fleet. Its credential is never shown.',
  isTypeOf: isNode('Cluster'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.cluster.load(readId('Cluster', id, 'id'))),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Given at registration, unique in the fleet.' }),
    driver: t.exposeString('driver', {
      description: 'Kind of cluster, the name of the driver that speaks with it: `lightos`.',
    }),
    capabilities: t.field({
      type: clusterCapabilities,
      nullable: true,
      description: 'What clusters of its kind can do; null when this server does not know the kind.',
      resolve: ({ driver }) => CLUSTER_KINDS.get(driver) ?? null,
    }),
    endpoints: t.exposeStringList('endpoints', {
      description: "Addresses of the cluster's API, as `https://host:port`.",
    }),
    tlsMode: t.field({
      type: tlsMode,
      description: 'How its certificate is verified.',
      resolve: ({ tls }) => tls.mode,
    }),
    credentialKind: t.expose('credentialKind', {
      type: credentialKind,
      description: 'How we prove to it who we are.',
    }),
    credentialExpiresAt: t.expose('credentialExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the token says that it expires; null where it does not say, for a key pair, and for tokens stored before this was kept.',
    }),
    labels: t.field({
      type: [label],
      description: "The operator's labels, by key.",
      resolve: ({ labels }) => listLabels(labels),
    }),
    adminState: t.expose('adminState', {
      type: clusterAdminState,
      description: 'What the operator wants of it.',
    }),
    mutedUntil: t.expose('mutedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'In maintenance until then: no alerts are raised. Null when it never was.',
    }),
    connection: t.expose('connection', { type: clusterConnectionState, description: 'What we see of it.' }),
    connectionError: t.exposeString('connectionError', {
      nullable: true,
      description: 'Why it is not CONNECTED, for people; null while it is.',
    }),
    connectionSince: t.expose('connectionSince', {
      type: 'DateTime',
      description: 'Since when `connection` has had its value.',
    }),
    health: t.expose('health', { type: clusterHealth, description: 'Health as the cluster reports it.' }),
    healthMessage: t.exposeString('healthMessage', {
      nullable: true,
      description: 'What the cluster says about its health; null when it says nothing.',
    }),
    nodes: t.expose('nodes', { type: [clusterNode], description: 'Its machines, as last observed.' }),
    backendId: t.exposeString('backendId', {
      nullable: true,
      description:
        "The cluster's own UUID, pinned at first contact; null until then. Another one puts it in quarantine.",
    }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'Version of its software; null until first contact.',
    }),
    revision: t.exposeInt('revision', {
      description: "Grows with each change of the operator's settings; for `expectedRevision`.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this record last changed.' }),
    detachedAt: t.expose('detachedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it left the fleet; what else is told of it is from before. Null while it is a member.',
    }),
    capacity: t.field({
      type: clusterCapacity,
      nullable: true,
      description: 'What it has, promised and used; null until the first observation.',
      resolve: ({ id }, _args, { loaders }) => loaders.capacity.load(id),
    }),
  }),
})

builder.queryField('cluster', (t) =>
  t.field({
    type: cluster,
    nullable: true,
    description: 'One cluster; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the cluster.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.cluster.load(readId('Cluster', id, 'id')),
  }),
)
