import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterTarget } from '@flotilla/core/ports/cluster-driver'
import { openCredential } from '../secrets/cluster-credential.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'

/** Where and how a cluster is reached. `version` changes with any of it. */
export interface ClusterAccess extends Pick<ClusterTarget, 'endpoints' | 'tls' | 'credential'> {
  readonly version: string
}

/** The columns that `openAccess` needs, as SQL selects them. */
export interface AccessRow {
  id: ClusterId
  endpoints: string[]
  tls: ClusterTarget['tls']
  credential_sealed: Buffer | null
  revision: number
}

/** @throws when the master key is another one than the credential was sealed with */
export async function openAccess(
  vault: Vault,
  serviceKeys: ServiceKeyStore,
  row: AccessRow,
): Promise<ClusterAccess> {
  return {
    endpoints: row.endpoints,
    tls: row.tls,
    credential: await openCredential(vault, serviceKeys, row.id, { credentialSealed: row.credential_sealed }),
    version: `${row.id}/${row.revision}`,
  }
}
