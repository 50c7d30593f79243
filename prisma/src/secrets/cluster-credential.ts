import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterCredential } from '@flotilla/core/ports/cluster-driver'
import type { CredentialInput } from '@flotilla/core/ports/fleet-commands'
import type { ServiceKeyStore } from './service-key-store.ts'
import { tokenExpiry } from './token-expiry.ts'
import type { Vault } from './vault.ts'

export interface StoredCredential {
  readonly credentialKind: string
  readonly credentialSealed: Uint8Array<ArrayBuffer> | null
  readonly credentialExpiresAt: Date | null
}

export function sealCredential(vault: Vault, id: ClusterId, credential: CredentialInput): StoredCredential {
  return 'token' in credential
    ? {
        credentialKind: 'TOKEN',
        credentialSealed: vault.seal(credential.token, credentialContext(id)),
        credentialExpiresAt: tokenExpiry(credential.token),
      }
    : { credentialKind: 'KEY_PAIR', credentialSealed: null, credentialExpiresAt: null }
}

export async function openCredential(
  vault: Vault,
  serviceKeys: ServiceKeyStore,
  id: ClusterId,
  stored: { readonly credentialKind: string; readonly credentialSealed: Uint8Array | null },
): Promise<ClusterCredential> {
  if (stored.credentialKind === 'TOKEN') {
    if (!stored.credentialSealed) throw new Error(`the token of ${id} is gone`)
    return { kind: 'TOKEN', token: vault.open(stored.credentialSealed, credentialContext(id)) }
  }
  return { kind: 'KEY_PAIR', keys: await serviceKeys.signingKeys() }
}

/** Where the vault has a cluster's credential. */
export function credentialContext(id: ClusterId): string {
  return `cluster.credential_sealed/${id}`
}
