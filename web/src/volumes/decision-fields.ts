import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'

/** A placement decision: every candidate's verdict with the numbers used. */
export const DecisionFields = graphql(`
  fragment DecisionFields on PlacementDecision {
    id
    sizeBytes
    replicas
    requestedBytes
    policyName
    policyRevision
    hop
    decidedAt
    detailsRemovedAt
    cluster { id name }
    verdicts {
      clusterId
      clusterName
      rank
      provisionedBytes
      pendingBytes
      effectiveBytes
      freeBytes
      observedAt
      projectedRatio
      score { decimal }
      terms { name explanation value { decimal } }
      margin { numerator decimal }
      yields
      rejection { reason explanation remedy shortfallBytes }
    }
  }
`)

export type Decision = ResultOf<typeof DecisionFields>
export type Verdict = Decision['verdicts'][number]
