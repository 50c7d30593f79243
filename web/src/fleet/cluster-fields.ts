import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'

/** What every place that shows a cluster needs; events carry the same fields. */
export const ClusterFields = graphql(`
  fragment ClusterFields on Cluster {
    id
    name
    labels { key value }
    adminState
    connection
    connectionError
    connectionSince
    health
    healthMessage
    revision
    capacity {
      provisionedBytes
      pendingBytes
      effectiveBytes
      usedBytes
      freeBytes
      provisionedRatio
      utilization
      maxProvisionedRatio
      headroomBytes
      volumeCount
      foreignVolumeCount
      observedAt
      stale
    }
  }
`)

export type Cluster = ResultOf<typeof ClusterFields>
export type ClusterCapacity = NonNullable<Cluster['capacity']>
