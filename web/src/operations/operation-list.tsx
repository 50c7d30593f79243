import { Age } from '../figures/age.tsx'
import { formatDuration } from '../format/format-age.ts'
import type { Operation } from './operation-fields.ts'
import styles from './operation-list.module.css'
import { OperationState } from './operation-state.tsx'
import { errorHeading, OPERATION_KIND_WORDS } from './operation-words.ts'

/** Operations with their attempts, newest first. */
export function OperationList({ operations }: { readonly operations: readonly Operation[] }) {
  return (
    <ol className={styles.list}>
      {operations.map((operation) => (
        <li key={operation.id} className={styles.operation}>
          <div className={styles.head}>
            <strong>{OPERATION_KIND_WORDS[operation.kind]}</strong>
            <OperationState state={operation.state} />
            <span className={styles.note}>
              asked for by {operation.actor} <Age since={operation.createdAt} /> ago
            </span>
          </div>
          {operation.progress && <p className={styles.note}>{operation.progress}</p>}
          <Attempts operation={operation} />
        </li>
      ))}
    </ol>
  )
}

function Attempts({ operation: { attempts, attemptCount } }: { readonly operation: Operation }) {
  if (attempts.length === 0) return null
  return (
    <ol className={styles.attempts} aria-label="Attempts, newest first">
      {attempts.map(({ startedAt, finishedAt, error }, index) => (
        <li key={startedAt}>
          Attempt {attemptCount - index}: {error ? `${errorHeading(error.code)}: ${error.message}` : 'done'},{' '}
          {formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}, <Age since={finishedAt} /> ago
        </li>
      ))}
    </ol>
  )
}
