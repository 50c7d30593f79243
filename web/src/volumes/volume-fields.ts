import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'

/** What a list of volumes needs; events carry the same fields. */
export const VolumeFields = graphql(`
  fragment VolumeFields on Volume {
    id
    project
    name
    sizeBytes
    replicas
    state
    revision
    createdAt
    updatedAt
    cluster { id name }
    observed { sizeBytes state protection observedAt }
    latestOperation { id kind state }
  }
`)

export type Volume = ResultOf<typeof VolumeFields>
