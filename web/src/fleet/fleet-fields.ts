import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'

/** The fleet's totals. */
export const FleetFields = graphql(`
  fragment FleetFields on Fleet {
    id
    clusterCount
    connectedClusterCount
    volumeCount
    capacity {
      observedClusterCount
      provisionedBytes
      pendingBytes
      effectiveBytes
      usedBytes
      freeBytes
      provisionedRatio
      oldestObservedAt
    }
  }
`)

export type Fleet = ResultOf<typeof FleetFields>
export type FleetCapacity = NonNullable<Fleet['capacity']>
