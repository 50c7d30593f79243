import { Button } from '@mantine/core'
import { TriangleAlert } from 'lucide-react'
import type { CombinedError } from 'urql'
import { describeFailure } from '../graphql/describe-failure.ts'
import styles from './failure-notice.module.css'

interface FailureNoticeProps {
  readonly title: string
  readonly error: CombinedError
  readonly onRetry?: () => void
}

/** A request that failed as a whole: what failed, why, and the way to try again. */
export function FailureNotice({ title, error, onRetry }: FailureNoticeProps) {
  return (
    <div role="alert" className={styles.notice}>
      <TriangleAlert size={18} aria-hidden="true" />
      <div>
        <p className={styles.title}>{title}</p>
        <p>{describeFailure(error)}</p>
      </div>
      {onRetry && (
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}
