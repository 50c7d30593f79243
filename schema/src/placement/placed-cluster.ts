import type { Candidate } from '@flotilla/core/placement/candidate'
import { builder } from '../builder.ts'

type PlacedCluster = Pick<Candidate, 'clusterId' | 'clusterName' | 'figures'>

/** What is told alike of a cluster wherever placement speaks of it. */
export const placedCluster = builder.interfaceRef<PlacedCluster>('PlacedCluster').implement({
  description: 'A cluster as placement saw it, with its figures at that moment.',
  fields: (t) => ({
    clusterId: t.exposeID('clusterId', { description: 'Id of the cluster.' }),
    clusterName: t.exposeString('clusterName', { description: 'Its name at that time.' }),
    provisionedBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Promised on it, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.provisionedBytes,
    }),
    pendingBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description:
        'Promised by us and not yet in an inventory, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.pendingBytes,
    }),
    effectiveBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Its usable physical storage, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.effectiveBytes,
    }),
    freeBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Physically free on it, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.freeBytes,
    }),
    observedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its figures had been measured; null when it had not been observed.',
      resolve: ({ figures }) => figures && new Date(figures.observedAtMs),
    }),
  }),
})
