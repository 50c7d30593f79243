import { useCanGoBack } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import styles from './page-heading.module.css'
import { usePageTitle } from './use-page-title.ts'

interface PageHeadingProps {
  readonly title: string
  /** One line under the title. */
  readonly summary?: ReactNode
  readonly actions?: ReactNode
}

/** A page's `h1`. It names the tab and takes the focus after a change of route, so that it is read out. */
export function PageHeading({ title, summary, actions }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const hasNavigated = useRef(useCanGoBack())

  usePageTitle(title)
  useEffect(() => {
    if (hasNavigated.current) heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <div className={styles.row}>
      <div className={styles.text}>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {summary && <p className={styles.summary}>{summary}</p>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}
