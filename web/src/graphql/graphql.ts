import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './graphql-env.d.ts'

/** Typed documents: the result and variable types follow from `schema/schema.graphql`. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: {
    /** A decimal string of whole bytes; `parseBytes` in `format/` reads it. */
    Bytes: string
    /** RFC 3339 in UTC. */
    DateTime: string
  }
}>()
