import { graphql } from '../graphql/graphql.ts'

export const RegisterClusterDocument = graphql(`
  mutation RegisterCluster($input: RegisterClusterInput!) {
    registerCluster(input: $input) {
      __typename
      ... on RegisterClusterPayload { cluster { id name } operation { id } }
      ... on InvalidInputError { issues { path message allowed } }
      ... on Error { message }
    }
  }
`)
