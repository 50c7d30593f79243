import { Loader } from '@mantine/core'
import styles from './loading.module.css'

/** Shown until the first answer; later answers replace figures in place. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p role="status" className={styles.loading}>
      <Loader size="xs" aria-hidden="true" />
      Reading {what}
    </p>
  )
}
