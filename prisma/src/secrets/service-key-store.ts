import type { SigningKey } from '@flotilla/core/ports/cluster-driver'
import type { Database } from '../database/connect.ts'
import { liveKeys, openPrivateKey, type ServiceKeyRow } from './service-key-records.ts'
import type { Vault } from './vault.ts'

/** What we sign with, for workers. Nothing is kept between calls, so that the next one learns of a rotation. */
export interface ServiceKeyStore {
  /** The newest first; made when first asked for. */
  signingKeys(): Promise<readonly [SigningKey, ...SigningKey[]]>
}

export function createServiceKeyStore(database: Database, vault: Vault): ServiceKeyStore {
  const open = (row: ServiceKeyRow): SigningKey => ({
    keyId: row.keyId,
    privateKeyPem: openPrivateKey(vault, row),
  })
  return {
    async signingKeys() {
      const [newest, ...former] = await liveKeys(database, vault)
      return [open(newest), ...former.map(open)]
    },
  }
}
