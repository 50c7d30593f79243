import { Button } from '@mantine/core'
import styles from './pager.module.css'
import { PAGE_SIZE } from './use-volumes.ts'
import { useVolumesSearch } from './use-volumes-search.ts'

const GROUPED = new Intl.NumberFormat('en-GB')

interface PagerProps {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  /** How many are on this page. */
  readonly count: number
  readonly totalCount: number
}

/** Cursors lead forward only; the browser's own back button leads back. */
export function Pager({ pageInfo, count, totalCount }: PagerProps) {
  const { search, turnTo } = useVolumesSearch()
  const { page = 1 } = search
  const first = (page - 1) * PAGE_SIZE + 1
  if (page === 1 && !pageInfo.hasNextPage) return null

  return (
    <nav aria-label="Pages" className={styles.pager}>
      <span>
        {GROUPED.format(first)}–{GROUPED.format(first + count - 1)} of {GROUPED.format(totalCount)}
      </span>
      <Button variant="default" size="xs" disabled={page === 1} onClick={() => turnTo({})}>
        First page
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={!pageInfo.hasNextPage}
        onClick={() => turnTo({ after: pageInfo.endCursor ?? undefined, page: page + 1 })}
      >
        Next page
      </Button>
    </nav>
  )
}
