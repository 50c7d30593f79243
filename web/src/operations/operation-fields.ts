import type { ResultOf } from 'gql.tada'
import { graphql } from '../graphql/graphql.ts'

/** A piece of work with its attempts, newest first. */
export const OperationFields = graphql(`
  fragment OperationFields on Operation {
    id
    kind
    state
    actor
    progress
    attemptCount
    attempts { startedAt finishedAt error { code message } }
    error { code message }
    createdAt
    startedAt
    finishedAt
  }
`)

export type Operation = ResultOf<typeof OperationFields>
