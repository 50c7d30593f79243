import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'
import { OperationFields } from '../operations/operation-fields.ts'
import { DecisionFields } from './decision-fields.ts'
import { VolumeFields } from './volume-fields.ts'

/** All that is known of one volume. */
export const VolumeDocument = graphql(
  `
    query Volume($id: ID!) {
      volume(id: $id) {
        ...VolumeFields
        compression
        labels { key value }
        backendName
        backendId
        placementDecision { ...DecisionFields }
        operations(first: 20) { nodes { ...OperationFields } }
      }
    }
  `,
  [VolumeFields, DecisionFields, OperationFields],
)

export type VolumeDetail = NonNullable<ResultOf<typeof VolumeDocument>['volume']>

export const CreateVolumeDocument = graphql(
  `
    mutation CreateVolume($input: CreateVolumeInput!) {
      createVolume(input: $input) {
        __typename
        ... on CreateVolumePayload {
          volume { ...VolumeFields }
          operation { ...OperationFields }
          decision { ...DecisionFields }
        }
        ... on InvalidInputError { issues { path message allowed } }
        ... on NoFeasibleClusterError { decision { ...DecisionFields } }
        ... on Error { message }
      }
    }
  `,
  [VolumeFields, OperationFields, DecisionFields],
)

export const ResizeVolumeDocument = graphql(
  `
    mutation ResizeVolume($input: ResizeVolumeInput!) {
      resizeVolume(input: $input) {
        __typename
        ... on ResizeVolumePayload { volume { ...VolumeFields } operation { ...OperationFields } }
        ... on InvalidInputError { issues { path message allowed } }
        ... on NoFeasibleClusterError { decision { ...DecisionFields } }
        ... on Error { message }
      }
    }
  `,
  [VolumeFields, OperationFields, DecisionFields],
)

export const DeleteVolumeDocument = graphql(
  `
    mutation DeleteVolume($input: DeleteVolumeInput!) {
      deleteVolume(input: $input) {
        __typename
        ... on DeleteVolumePayload { volume { ...VolumeFields } operation { ...OperationFields } }
        ... on Error { message }
      }
    }
  `,
  [VolumeFields, OperationFields],
)
