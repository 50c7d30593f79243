import { Button } from '@mantine/core'
import { useCanOperate } from '../session/use-can-operate.ts'
import styles from './empty-fleet.module.css'

/** First steps, where no cluster is registered yet. */
export function EmptyFleet({ onRegister }: { readonly onRegister: () => void }) {
  return (
    <section className={styles.empty} aria-labelledby="empty">
      <h2 id="empty" className={styles.title}>
        No clusters yet
      </h2>
      <p>
        Register a storage cluster with its address and a token. Flotilla reads its capacity within seconds
        and changes nothing on it.
      </p>
      {useCanOperate() && <Button onClick={onRegister}>Register cluster</Button>}
      <p className={styles.demo}>
        Only looking around? Stop the server and start it with a simulated fleet:{' '}
        <code>npm start -- --demo</code>
      </p>
    </section>
  )
}
