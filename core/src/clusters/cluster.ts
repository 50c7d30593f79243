import type { ClusterId } from '../identity/ids.ts'
import type { ClusterDataPath } from './data-path.ts'

export const ADMIN_STATES = ['ACTIVE', 'CORDONED', 'DRAINING'] as const
/** What the operator wants of a cluster. */
export type ClusterAdminState = (typeof ADMIN_STATES)[number]

export const CONNECTION_STATES = [
  'PENDING',
  'CONNECTED',
  'DISCONNECTED',
  'UNAUTHORIZED',
  'QUARANTINED',
] as const
/**
 * What we see of a cluster. PENDING: not yet reached since it was registered. QUARANTINED: it answers with another
 * identity than the one it was registered with, so nothing it says is used.
 */
export type ClusterConnectionState = (typeof CONNECTION_STATES)[number]

export const HEALTH_STATES = ['UNKNOWN', 'OK', 'WARNING', 'ERROR'] as const
/** As the cluster reports it. */
export type ClusterHealth = (typeof HEALTH_STATES)[number]

/** A machine of the cluster, as last observed. */
export interface ClusterNode {
  readonly name: string
  readonly backendId: string
  readonly state: string
}

/** How the cluster's certificate is verified. There is no unverified mode. */
export type ClusterTls =
  | { readonly mode: 'SYSTEM' }
  | { readonly mode: 'CA'; readonly caCertificatePem: string }
  /** SHA-256 of the certificate (DER), 64 hexadecimal digits in lower case. */
  | { readonly mode: 'PINNED'; readonly certificateSha256: string }

export const CREDENTIAL_KINDS = ['TOKEN', 'KEY_PAIR'] as const
/** TOKEN: given by the operator. KEY_PAIR: we sign our own with the key whose public half was imported there. */
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** One storage cluster, member of the fleet. Its credential is never part of this. */
export interface Cluster {
  readonly id: ClusterId
  readonly name: string
  /** Kind of cluster, the name of its driver: `lightos`. */
  readonly driver: string
  readonly endpoints: readonly string[]
  readonly tls: ClusterTls
  readonly credentialKind: CredentialKind
  /** When a token stops being accepted, as the token says; null where it does not say, and for a key pair. */
  readonly credentialExpiresAt: Date | null
  readonly labels: Readonly<Record<string, string>>
  readonly adminState: ClusterAdminState
  /** In maintenance until then: no alerts are raised. */
  readonly mutedUntil: Date | null
  readonly connection: ClusterConnectionState
  /** Why it is not CONNECTED, for people; null while it is. */
  readonly connectionError: string | null
  /** Since when `connection` has had its value. */
  readonly connectionSince: Date
  readonly health: ClusterHealth
  readonly healthMessage: string | null
  readonly nodes: readonly ClusterNode[]
  /** The cluster's own UUID, learnt at first contact and pinned from then on. */
  readonly backendId: string | null
  readonly version: string | null
  /** Where hosts find its volumes, as it last said; null when it has not. */
  readonly dataPath: ClusterDataPath | null
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly detachedAt: Date | null
}
