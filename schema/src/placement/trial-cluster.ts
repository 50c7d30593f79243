import type { ClusterId } from '@flotilla/core/identity/ids'
import { builder } from '../builder.ts'

interface TrialCluster {
  readonly clusterId: ClusterId
  readonly clusterName: string
}

/** No Cluster: one that could be there is none, and one on record may have left. */
export const trialCluster = builder.objectRef<TrialCluster>('TrialCluster').implement({
  description: 'A cluster of a fleet that is tried out: one that is, was, or could be there.',
  fields: (t) => ({
    clusterId: t.exposeID('clusterId', { description: 'Its id; an invented one for an added cluster.' }),
    clusterName: t.exposeString('clusterName', { description: 'Its name in that fleet.' }),
  }),
})

/** What a report calls a cluster; a record may name one that its fleet did not have. */
export function toTrialCluster(clusterId: ClusterId, names: ReadonlyMap<ClusterId, string>): TrialCluster {
  return { clusterId, clusterName: names.get(clusterId) ?? clusterId }
}
