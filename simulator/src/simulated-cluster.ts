import type { ClusterState } from './cluster/cluster-state.ts'
import {
  createForeignSnapshot,
  createForeignVolume,
  type ForeignVolume,
  leavePhysicalSpace,
  putBackVolume,
  relabelVolume,
  removeSnapshot,
  removeVolume,
  renameVolume,
  resizeVolume,
  setNodeState,
  setSnapshotState,
  setVolumeAcl,
  setVolumeCompression,
  setVolumeIpAcl,
  setVolumeQosPolicy,
  setVolumeState,
  writeVolume,
} from './cluster/foreign-changes.ts'
import { createQosPolicy } from './cluster/qos-policies.ts'
import type {
  HistoryEntry,
  NodeRecord,
  NodeState,
  QosPolicyRecord,
  SnapshotDeletion,
  SnapshotRecord,
  StateDelays,
  VolumeRecord,
} from './cluster/records.ts'
import type { FaultInjector } from './faults/fault-injector.ts'
import {
  type CertificateRequest,
  createSelfSignedCertificate,
  fingerprintSha256,
} from './fleet/self-signed-certificate.ts'
import type { TokenRequest, TokenSigner } from './fleet/token-signer.ts'
import type { ClusterServer, Connectivity } from './http/cluster-server.ts'
import type { ClusterJournal } from './persistence/cluster-journal.ts'

/** What a simulated cluster is made of. */
export interface ClusterParts {
  readonly state: ClusterState
  readonly server: ClusterServer
  readonly faults: FaultInjector
  /** Absent when the cluster lives in memory only. */
  readonly journal: ClusterJournal | undefined
  readonly certificatePem: string
  readonly signer: TokenSigner
  /** A token of the system scope's cluster-admin role. */
  readonly token: string
}

/** One pretend cluster as a test or the control port sees it: what it is, what it did, and levers to pull. */
export class SimulatedCluster {
  /** Misbehaviour of single requests. */
  readonly faults: FaultInjector
  /** A ready system:cluster-admin token, valid for a year. */
  readonly token: string
  readonly #state: ClusterState
  readonly #server: ClusterServer
  readonly #journal: ClusterJournal | undefined
  readonly #signer: TokenSigner
  #certificatePem: string

  constructor(parts: ClusterParts) {
    this.faults = parts.faults
    this.token = parts.token
    this.#state = parts.state
    this.#server = parts.server
    this.#journal = parts.journal
    this.#signer = parts.signer
    this.#certificatePem = parts.certificatePem
  }

  get name(): string {
    return this.#state.identity.name
  }

  get uuid(): string {
    return this.#state.identity.uuid
  }

  /** `https://127.0.0.1:PORT`, without a trailing slash. */
  get endpoint(): string {
    return `https://127.0.0.1:${this.#server.port}`
  }

  get port(): number {
    return this.#server.port
  }

  get certificatePem(): string {
    return this.#certificatePem
  }

  /** Of the certificate's DER: 64 lower-case hex digits. */
  get fingerprintSha256(): string {
    return fingerprintSha256(this.#certificatePem)
  }

  get connectivity(): Connectivity {
    return this.#server.connectivity
  }

  get effectivePhysicalBytes(): bigint {
    return this.#state.settings.effectivePhysicalBytes
  }

  /** Sum of size x replicas over all volumes that have not failed, in O(nodes). */
  provisionedBytes(): bigint {
    return this.#state.totals.ofCluster().logicalBytes
  }

  freePhysicalBytes(): bigint {
    return this.#state.freePhysicalBytes()
  }

  /** Every volume at this moment, in whatever state, by uuid. */
  volumes(): VolumeRecord[] {
    return [...this.#state.volumes.after('')]
  }

  volumeCount(): number {
    return this.#state.volumes.size
  }

  /** Every snapshot at this moment, in whatever state, by uuid. */
  snapshots(): SnapshotRecord[] {
    return [...this.#state.snapshots.after('')]
  }

  /** By uuid. */
  qosPolicies(): QosPolicyRecord[] {
    return [...this.#state.qosPolicies.after('')]
  }

  nodes(): NodeRecord[] {
    return [...this.#state.nodes.after('')]
  }

  /** What happened to volumes since the fleet was made, oldest first. Prefilled volumes are not in it. */
  history(): HistoryEntry[] {
    return [...this.#state.history]
  }

  /** Who had which snapshots deleted, oldest first. */
  snapshotDeletions(): readonly SnapshotDeletion[] {
    return this.#state.snapshotDeletions()
  }

  /** A token signed by the key that the installation left in the scope (`system`, or the project `default`). */
  issueToken(request: TokenRequest): Promise<string> {
    return this.#signer.sign(request)
  }

  createForeignVolume(foreign: ForeignVolume): VolumeRecord {
    return createForeignVolume(this.#state, foreign)
  }

  /** Of the volume with this uuid. */
  createForeignSnapshot(volumeUuid: string, name: string): SnapshotRecord {
    return createForeignSnapshot(this.#state, volumeUuid, name)
  }

  /** As it was when `volumes()` told it, under the same uuid: the cluster was restored from a backup. */
  putBackVolume(volume: VolumeRecord): void {
    putBackVolume(this.#state, volume)
  }

  /** One that every project may use; 0 for no limit. */
  createQosPolicy(name: string, readIops = 0, writeIops = 0): QosPolicyRecord {
    const limits = { limitKind: 'limitIOPS', readLimit: readIops, writeLimit: writeIops } as const
    return createQosPolicy(this.#state, { name, description: '', visibleToProjects: [], ...limits })
  }

  /** Gone at once. */
  deleteVolume(uuid: string): void {
    removeVolume(this.#state, uuid)
  }

  resizeVolume(uuid: string, sizeBytes: bigint): void {
    resizeVolume(this.#state, uuid, sizeBytes)
  }

  renameVolume(uuid: string, name: string): void {
    renameVolume(this.#state, uuid, name)
  }

  /** Replaces all of its labels. */
  relabelVolume(uuid: string, labels: VolumeRecord['labels']): void {
    relabelVolume(this.#state, uuid, labels)
  }

  setVolumeCompression(uuid: string, compression: boolean): void {
    setVolumeCompression(this.#state, uuid, compression)
  }

  /** By name; empty for none of its own. */
  setVolumeQosPolicy(uuid: string, qosPolicyName: string): void {
    setVolumeQosPolicy(this.#state, uuid, qosPolicyName)
  }

  /** Admits these hosts and no others to the volume, past the API. */
  setVolumeAcl(uuid: string, acl: readonly string[]): void {
    setVolumeAcl(this.#state, uuid, acl)
  }

  /** Admits hosts from these addresses only; `ALLOW_ANY` for all. */
  setVolumeIpAcl(uuid: string, ipAcl: readonly string[]): void {
    setVolumeIpAcl(this.#state, uuid, ipAcl)
  }

  setVolumeState(uuid: string, state: VolumeRecord['state']): void {
    setVolumeState(this.#state, uuid, state)
  }

  /** Gone at once, clones or not. */
  deleteSnapshot(uuid: string): void {
    removeSnapshot(this.#state, uuid)
  }

  setSnapshotState(uuid: string, state: SnapshotRecord['state']): void {
    setSnapshotState(this.#state, uuid, state)
  }

  /** Writes to a volume: from now on `writtenShare` (0 to 1) of its size is in use. */
  fill(uuid: string, writtenShare: number): void {
    writeVolume(this.#state, uuid, writtenShare)
  }

  /** Leaves exactly so much physical space; 0 makes the cluster read-only. */
  leavePhysicalSpace(freeBytes: bigint): void {
    leavePhysicalSpace(this.#state, freeBytes)
  }

  /** Grows or shrinks the cluster. */
  setCapacity(effectivePhysicalBytes: bigint): void {
    this.#state.changeSettings({ effectivePhysicalBytes })
  }

  setNodeState(uuid: string, state: NodeState): void {
    setNodeState(this.#state, uuid, state)
  }

  /** How long asynchronous states last; those under way keep their time. */
  setDelays(delays: Partial<StateDelays>): void {
    this.#state.changeSettings({ delays: { ...this.#state.settings.delays, ...delays } })
  }

  /** So many of the next creations end as `Failed` husks. */
  failNextCreates(count: number): void {
    this.#state.changeSettings({ failNextCreates: count })
  }

  setConnectivity(connectivity: Connectivity): Promise<void> {
    return this.#server.setConnectivity(connectivity)
  }

  /** Serves a new certificate until the next restart: another key, and expired or for other names if asked. */
  async changeCertificate(request: Omit<CertificateRequest, 'commonName'> = {}): Promise<void> {
    const tls = await createSelfSignedCertificate({ commonName: this.name, ...request })
    this.#server.changeCertificate(tls)
    this.#certificatePem = tls.certificatePem
  }

  /** Stops answering and remembering. */
  async close(): Promise<void> {
    await this.#server.close()
    this.#journal?.close()
  }
}
