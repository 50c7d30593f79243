import { Link, Outlet } from '@tanstack/react-router'
import { AccountMenu } from './account-menu.tsx'
import { ConnectionChip } from './connection-chip.tsx'
import { Mark } from './mark.tsx'
import styles from './shell.module.css'

/** What surrounds every page: skip link, navigation, and the state of the connection. */
export function Shell() {
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand}>
          <Mark />
          <span>Flotilla</span>
        </Link>
        <nav aria-label="Main" className={styles.nav}>
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            Fleet
          </Link>
          <Link to="/volumes" activeOptions={{ includeSearch: false }}>
            Volumes
          </Link>
        </nav>
        <ConnectionChip />
        <AccountMenu />
      </header>
      <main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
    </>
  )
}
