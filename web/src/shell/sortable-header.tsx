import { UnstyledButton } from '@mantine/core'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './sortable-header.module.css'

interface SortableHeaderProps {
  readonly children: ReactNode
  /** Undefined while the table is sorted by another column. */
  readonly direction: 'ascending' | 'descending' | undefined
  readonly onSort: () => void
  readonly isNumeric?: boolean
  readonly className?: string | undefined
}

/** A column's heading that sorts by the column, and the other way round when pressed again. */
export function SortableHeader({ children, direction, onSort, isNumeric, className }: SortableHeaderProps) {
  const Icon = direction === 'descending' ? ArrowDown : ArrowUp
  return (
    <th scope="col" aria-sort={direction ?? 'none'} className={className}>
      <UnstyledButton className={styles.button} data-numeric={isNumeric || undefined} onClick={onSort}>
        {children}
        <Icon size={13} aria-hidden="true" data-idle={direction === undefined || undefined} />
      </UnstyledButton>
    </th>
  )
}
