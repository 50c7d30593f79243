import { createServiceKeyStore } from '../secrets/service-key-store.ts'
import { createVault } from '../secrets/vault.ts'
import { createSnapshotLeaseStore, type SnapshotLeaseStore } from '../snapshots/snapshot-lease-store.ts'
import type { TestDatabase } from './start-test-database.ts'

/** As a worker has them; nothing that a test seals is of any worth. */
export function openSnapshotLeases({ database }: TestDatabase): SnapshotLeaseStore {
  const vault = createVault([Buffer.alloc(32, 7).toString('base64')])
  return createSnapshotLeaseStore(database, vault, createServiceKeyStore(database, vault))
}
