import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { graphql } from '../graphql/graphql.ts'
import { OperationFields } from './operation-fields.ts'
import styles from './operation-outcome.module.css'
import { OperationState } from './operation-state.tsx'
import { errorHeading } from './operation-words.ts'

const OperationDocument = graphql(
  `
    query Operation($id: ID!) {
      operation(id: $id) { ...OperationFields }
    }
  `,
  [OperationFields],
)

interface OperationOutcomeProps {
  readonly id: string
  /** Shown once it has succeeded. */
  readonly success: ReactNode
}

/** One operation as it goes: what it is doing, what its last attempt failed on, how it ended. */
export function OperationOutcome({ id, success }: OperationOutcomeProps) {
  const [{ data }] = useQuery({ query: OperationDocument, variables: { id } })
  const operation = data?.operation
  if (!operation) return null
  const fault = operation.error ?? operation.attempts[0]?.error

  return (
    <div className={styles.outcome} role="status">
      <OperationState state={operation.state} />
      {operation.state === 'SUCCEEDED' && <div>{success}</div>}
      {operation.state !== 'SUCCEEDED' && operation.progress && <p>{operation.progress}</p>}
      {operation.state !== 'SUCCEEDED' && fault && (
        <div className={styles.fault}>
          <p className={styles.heading}>{errorHeading(fault.code)}</p>
          <p>{fault.message}</p>
          <p className={styles.attempts}>
            {operation.attemptCount === 1 ? 'First attempt' : `Attempt ${operation.attemptCount}`}
            {operation.state === 'RUNNING' || operation.state === 'PENDING' ? '; it will be tried again' : ''}
          </p>
        </div>
      )}
    </div>
  )
}
