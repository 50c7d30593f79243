import type { ClusterHealth, ClusterNode, ClusterTls } from '../clusters/cluster.ts'
import type { ClusterDataPath } from '../clusters/data-path.ts'
import type { HostAccess } from '../hosts/host-access.ts'
import type { BackendSnapshot } from '../snapshots/backend-snapshot.ts'
import type { BackendVolume } from '../volumes/backend-volume.ts'

/** Of a key pair of our own. `keyId` names the public key as it was imported on the cluster. */
export interface SigningKey {
  readonly keyId: string
  readonly privateKeyPem: string
}

export type ClusterCredential =
  | { readonly kind: 'TOKEN'; readonly token: string }
  /** The newest first; where the cluster does not accept it yet, the next may do. */
  | { readonly kind: 'KEY_PAIR'; readonly keys: readonly [SigningKey, ...SigningKey[]] }

export interface ClusterTarget {
  /** `https://host:port`, at least one; all lead to the same cluster. */
  readonly endpoints: readonly string[]
  readonly tls: ClusterTls
  readonly credential: ClusterCredential
  /** Limit for one request, connecting included. */
  readonly requestTimeoutMs: number
  /**
   * UUID that the cluster was registered with; null before the first contact, when none can be held against it.
   * No call about volumes goes to an endpoint that has not shown this identity.
   */
  readonly expectedBackendId: string | null
}

export interface ClusterIdentity {
  /** UUID that the cluster gives itself. */
  readonly backendId: string
  readonly name: string | null
  /** Lowest software version in the cluster. */
  readonly version: string | null
  /** Further addresses that the cluster names, as `https://host:port`. */
  readonly endpoints: readonly string[]
}

/** One look at a cluster's figures, in bytes; replicas are counted in all of them. */
export interface ClusterStatistics {
  readonly identity: ClusterIdentity
  readonly effectiveBytes: bigint
  readonly usedBytes: bigint
  readonly freeBytes: bigint
  /** What the cluster itself says is provisioned. */
  readonly provisionedBytes: bigint
  readonly maxReplicas: number
  readonly health: ClusterHealth
  readonly healthMessage: string | null
  readonly nodes: readonly ClusterNode[]
  /** Where hosts find its volumes; null when it does not say, or says what cannot be used. */
  readonly dataPath: ClusterDataPath | null
}

export interface BackendVolumeSpec {
  readonly name: string
  readonly project: string
  /** Backend id of the snapshot that it begins as a clone of; null for an empty volume. */
  readonly sourceSnapshotId: string | null
  /** A multiple of the driver's granularity. */
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  /** Name of a QoS policy that the cluster has; null for the cluster's own default. */
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** What can be changed of a volume besides its size; absent fields stay as they are. */
export interface BackendVolumeChanges {
  /** A name that the project has not; one that it has is REFUSED. */
  readonly name?: string
  readonly compression?: boolean
  /** Name of a QoS policy, null for the cluster's default; one that is unknown is REFUSED/UNKNOWN_QOS_POLICY. */
  readonly qosPolicy?: string | null
  readonly labels?: Readonly<Record<string, string>>
  /** The whole of both lists; an empty one admits nobody. */
  readonly access?: HostAccess
}

export interface BackendSnapshotSpec {
  readonly name: string
  readonly project: string
  /** Backend id of the volume. */
  readonly volumeId: string
  /** For people who look at the cluster itself, at most 256 bytes. */
  readonly description: string
  /** After this time the cluster deletes it by itself; null keeps it. */
  readonly retentionSeconds: number | null
}

/**
 * How a failed call is to be understood:
 * REFUSED: the cluster said no; nothing was done.
 * UNKNOWN: the request was sent and no trustworthy answer came; it may have been carried out.
 * UNAVAILABLE: it was not carried out, because the cluster was not reached or said that it cannot just now.
 * UNAUTHORIZED: the cluster was reached and does not accept the credential; nothing was done.
 */
export type DriverOutcome = 'REFUSED' | 'UNKNOWN' | 'UNAVAILABLE' | 'UNAUTHORIZED'

export const DRIVER_REASONS = [
  'DNS',
  'CONNECT',
  'TLS',
  /** The endpoint leads to another cluster than the expected one. */
  'WRONG_CLUSTER',
  'TIMEOUT',
  'CANCELLED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNSUPPORTED_VERSION',
  'MALFORMED_ANSWER',
  'ANSWER_TOO_LARGE',
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'NAME_TAKEN',
  'NO_SPACE',
  /** The cluster has no QoS policy of the name, or the project may not use it. */
  'UNKNOWN_QOS_POLICY',
  'BUSY',
  'PRECONDITION_FAILED',
  'THROTTLED',
  'SERVER_ERROR',
] as const
export type DriverReason = (typeof DRIVER_REASONS)[number]

/** Every failure of a driver. The message never holds a credential. */
export class DriverError extends Error {
  readonly outcome: DriverOutcome
  readonly reason: DriverReason
  /** As the cluster asked (Retry-After), where it did. */
  readonly retryAfterMs: number | null

  constructor(
    outcome: DriverOutcome,
    reason: DriverReason,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'DriverError'
    this.outcome = outcome
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/**
 * A live way to one cluster. Each method makes one or few requests, tries the endpoints in turn while nothing has been
 * sent, ends within the target's timeout times the endpoints, stops at `signal`, and throws DriverError only. Calls
 * about volumes fail with UNAVAILABLE/WRONG_CLUSTER where every endpoint leads elsewhere; `identify` and
 * `observeStatistics` give the identity that answers, whichever it is, for the caller to judge.
 */
export interface ClusterSession {
  /** Name of the key of ours that it accepted last; null for a token that was given, and before anything was answered. No I/O. */
  acceptedKeyId(): string | null

  /** Version and identity; the cheapest call that proves network, TLS, credential and version. Safe to repeat. */
  identify(signal?: AbortSignal): Promise<ClusterIdentity>

  /** Capacity, health and nodes. Safe to repeat. */
  observeStatistics(signal?: AbortSignal): Promise<ClusterStatistics>

  /** Every volume of every project, those being deleted included, page by page in the order of backend ids. Safe to repeat. */
  listVolumes(signal?: AbortSignal): AsyncIterable<readonly BackendVolume[]>

  /** By name within a project. `null` is the cluster's definite word that it has none. Safe to repeat. */
  findVolume(project: string, name: string, signal?: AbortSignal): Promise<BackendVolume | null>

  /**
   * By the cluster's id of it, whatever its name is by now. `null` is the cluster's definite word that the project has none.
   * Safe to repeat.
   */
  findVolumeById(project: string, backendId: string, signal?: AbortSignal): Promise<BackendVolume | null>

  /**
   * Asks for a volume; the answer may still be CREATING. Not idempotent by itself: a taken name is REFUSED/NAME_TAKEN,
   * a QoS policy that the cluster has not is REFUSED/UNKNOWN_QOS_POLICY before anything is asked for.
   * Hosts are admitted to nothing.
   */
  createVolume(spec: BackendVolumeSpec, signal?: AbortSignal): Promise<BackendVolume>

  /**
   * Asks for another size; poll `findVolumeById` until it shows. Asking for the present size is a success. A smaller one
   * cuts off what lies beyond it, and is REFUSED/INVALID_ARGUMENT unless `shrink` says that this is meant.
   */
  resizeVolume(
    volume: BackendVolume,
    sizeBytes: bigint,
    options?: { readonly shrink?: boolean },
    signal?: AbortSignal,
  ): Promise<void>

  /**
   * Asks for other properties; poll `findVolumeById` until it is AVAILABLE again. Safe to repeat. A volume that was changed
   * since `volume` was read is REFUSED/PRECONDITION_FAILED, so that nobody's change of the lists is written over.
   */
  changeVolume(volume: BackendVolume, changes: BackendVolumeChanges, signal?: AbortSignal): Promise<void>

  /**
   * Asks to put the volume back to one of its own snapshots (by backend id), in place: what was written since is lost.
   * Poll `findVolumeById` until it is AVAILABLE again. Repeating it loses what was written in between.
   */
  restoreVolume(volume: BackendVolume, snapshotId: string, signal?: AbortSignal): Promise<void>

  /** Asks for deletion; poll `findVolumeById` until it is gone. A volume already gone or being deleted is a success. */
  deleteVolume(volume: BackendVolume, signal?: AbortSignal): Promise<void>

  /** Every snapshot of a project, those being deleted included, page by page. REFUSED/NOT_FOUND where there is no such project. Safe to repeat. */
  listSnapshots(project: string, signal?: AbortSignal): AsyncIterable<readonly BackendSnapshot[]>

  /** By name within a project. `null` is the cluster's definite word that it has none. Safe to repeat. */
  findSnapshot(project: string, name: string, signal?: AbortSignal): Promise<BackendSnapshot | null>

  /** Asks for a snapshot; the answer may still be CREATING. Not idempotent: a taken name is REFUSED/NAME_TAKEN. */
  createSnapshot(spec: BackendSnapshotSpec, signal?: AbortSignal): Promise<BackendSnapshot>

  /**
   * Asks for deletion; poll `findSnapshot` until it is gone, which takes as long as clones of it live. One already gone
   * or being deleted is a success.
   */
  deleteSnapshot(snapshot: BackendSnapshot, signal?: AbortSignal): Promise<void>

  /** Frees sockets; running calls fail with UNAVAILABLE or UNKNOWN. */
  close(): Promise<void>
}

/** One kind of cluster. */
export interface ClusterDriver {
  /** A key of `CLUSTER_KINDS`, where it stands what it can do. */
  readonly kind: string
  /**
   * Makes a session without any I/O. Throws DriverError REFUSED/INVALID_ARGUMENT for endpoints or a CA that cannot
   * be used.
   */
  connect(target: ClusterTarget): ClusterSession
}
