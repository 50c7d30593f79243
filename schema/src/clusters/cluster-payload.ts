import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { cluster } from './cluster.ts'

interface ChangedCluster {
  readonly cluster: Cluster
  readonly operation: Operation
}

/** What a mutation about one cluster answers with. @param says what there is to know of each */
export function clusterPayload(
  name: `${string}Payload`,
  says: { readonly description: string; readonly cluster: string; readonly operation: string },
) {
  return builder.objectRef<ChangedCluster>(name).implement({
    description: says.description,
    fields: (t) => ({
      cluster: t.expose('cluster', { type: cluster, description: says.cluster }),
      operation: t.expose('operation', { type: operation, description: says.operation }),
    }),
  })
}
