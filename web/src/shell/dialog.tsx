import { Modal } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import styles from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** `wide` has room for a table. */
  readonly size?: 'normal' | 'wide'
  readonly children: ReactNode
}

const WIDTHS = { normal: '34rem', wide: '54rem' }

/** A modal dialog that is open for as long as it is rendered; then the focus goes back where it came from. */
export function Dialog({ title, onClose, size = 'normal', children }: DialogProps) {
  const [opener] = useState(() => document.activeElement)
  useEffect(() => () => void (opener instanceof HTMLElement && opener.focus()), [opener])

  return (
    <Modal.Root opened onClose={onClose} size={WIDTHS[size]} classNames={{ content: styles.content }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className={styles.head}>
          <Modal.Title className={styles.title}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
