import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'
import { ClusterFields } from './cluster-fields.ts'

/** The cluster comes whole: it joins the list without the list being asked for again. */
export const RegisterClusterDocument = graphql(
  `
    mutation RegisterCluster($input: RegisterClusterInput!) {
      registerCluster(input: $input) {
        __typename
        ... on RegisterClusterPayload { cluster { ...ClusterFields } operation { id } }
        ... on InvalidInputError { issues { path message allowed } }
        ... on Error { message }
      }
    }
  `,
  [ClusterFields],
)

export type Registration = ResultOf<typeof RegisterClusterDocument>['registerCluster']
