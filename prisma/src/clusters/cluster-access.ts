import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { ClusterTarget } from '@flotilla/core/ports/cluster-driver'
import { openCredential } from '../secrets/cluster-credential.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'

/** The columns that `openAccess` needs, of the table `cluster`. */
export const ACCESS_COLUMNS = `cluster.id, cluster.endpoints, cluster.tls, cluster.credential_kind,
  cluster.credential_sealed, cluster.backend_id, cluster.access_revision`

export interface AccessRow {
  id: ClusterId
  endpoints: string[]
  tls: ClusterTarget['tls']
  credential_kind: string
  credential_sealed: Buffer | null
  backend_id: string | null
  access_revision: number
}

/** @throws when the master key is another one than the credential was sealed with */
export async function openAccess(
  vault: Vault,
  serviceKeys: ServiceKeyStore,
  row: AccessRow,
): Promise<ClusterAccess> {
  const credential = await openCredential(vault, serviceKeys, row.id, {
    credentialKind: row.credential_kind,
    credentialSealed: row.credential_sealed,
  })
  const keyIds = credential.kind === 'KEY_PAIR' ? credential.keys.map(({ keyId }) => keyId) : []
  return {
    endpoints: row.endpoints,
    tls: row.tls,
    credential,
    expectedBackendId: row.backend_id,
    version: [row.id, row.access_revision, row.backend_id, ...keyIds].join('/'),
  }
}
