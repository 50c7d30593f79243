import type { ClusterState } from './cluster-state.ts'
import { resolveQosPolicy } from './qos-policies.ts'
import type { NodeState, SnapshotRecord, VolumeRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import { snapshotOf } from './snapshots.ts'
import { finishDeletion } from './volume-lifecycle.ts'

/** Changes that some other administrator makes: at once, past the API and without asking anybody. */

export interface ForeignVolume {
  readonly name: string
  readonly projectName?: string
  readonly sizeBytes: bigint
  readonly replicaCount?: number
  /** Fraction of the size that its owner has written, 0 to 1. */
  readonly writtenShare?: number
  readonly compression?: boolean
  readonly labels?: VolumeRecord['labels']
  /** The snapshot of the cluster that it is a clone of; none unless given. */
  readonly source?: SnapshotRecord
}

const FOREIGN_REPLICAS = 2

/** Makes a volume that is `Available` at once. Its nodes are picked by its number, whatever their state. */
export function createForeignVolume(cluster: ClusterState, foreign: ForeignVolume): VolumeRecord {
  const volume = foreignVolume(cluster, foreign)
  cluster.volumes.put(volume.uuid, volume)
  cluster.recordHistory('created', volume, 'outside')
  return volume
}

/** Takes a snapshot that is `Available` at once and is kept. */
export function createForeignSnapshot(
  cluster: ClusterState,
  volumeUuid: string,
  name: string,
): SnapshotRecord {
  const volume = requireVolume(cluster, volumeUuid)
  const request = { name, description: '', retentionTime: '0s' }
  const snapshot: SnapshotRecord = { ...snapshotOf(cluster, volume, request), state: 'Available' }
  cluster.snapshots.put(snapshot.uuid, snapshot)
  return snapshot
}

/** Puts back a volume that is gone, as it was, as when the cluster is restored from a backup. */
export function putBackVolume(cluster: ClusterState, volume: VolumeRecord): void {
  cluster.volumes.put(volume.uuid, volume)
  cluster.recordHistory('created', volume)
}

/** The record that `createForeignVolume` would put. */
export function foreignVolume(cluster: ClusterState, foreign: ForeignVolume): VolumeRecord {
  const { name, projectName = 'default', sizeBytes, writtenShare = 0 } = foreign
  const nodes = [...cluster.nodes.values()]
  const replicaCount = Math.min(foreign.replicaCount ?? FOREIGN_REPLICAS, nodes.length)
  const nsid = cluster.nsids.allocate()
  return {
    uuid: cluster.newUuid(),
    name,
    projectName,
    state: 'Available',
    sizeBytes,
    writtenBytes: shareOf(sizeBytes, writtenShare),
    replicaCount,
    nodeUuids: nodes
      .map((_, index) => nodes[(nsid + index) % nodes.length]?.uuid ?? '')
      .slice(0, replicaCount),
    nsid,
    acl: ['ALLOW_NONE'],
    ipAcl: ['ALLOW_ANY'],
    compression: foreign.compression ?? false,
    sectorSizeBytes: 4096,
    sourceSnapshotUuid: foreign.source?.uuid ?? '',
    sourceSnapshotName: foreign.source?.name ?? '',
    qosPolicyUuid: '',
    labels: foreign.labels ?? [],
    placementRestrictions: [],
    createdAtMs: cluster.clock.now(),
    etag: 1,
  }
}

/** Removes a volume in whatever state, at once. */
export function removeVolume(cluster: ClusterState, uuid: string): void {
  finishDeletion(cluster, requireVolume(cluster, uuid).uuid, 'outside')
}

export function resizeVolume(cluster: ClusterState, uuid: string, sizeBytes: bigint): void {
  const volume = requireVolume(cluster, uuid)
  const writtenBytes = volume.writtenBytes < sizeBytes ? volume.writtenBytes : sizeBytes
  const resized = { ...volume, sizeBytes, writtenBytes, etag: volume.etag + 1 }
  cluster.volumes.put(uuid, resized)
  cluster.recordHistory('resized', resized, 'outside')
}

export function renameVolume(cluster: ClusterState, uuid: string, name: string): void {
  const volume = requireVolume(cluster, uuid)
  const renamed = { ...volume, name, etag: volume.etag + 1 }
  cluster.volumes.put(uuid, renamed)
  cluster.recordHistory('renamed', renamed, 'outside')
}

/** Replaces all of its labels. */
export function relabelVolume(cluster: ClusterState, uuid: string, labels: VolumeRecord['labels']): void {
  const volume = requireVolume(cluster, uuid)
  cluster.volumes.put(uuid, { ...volume, labels, etag: volume.etag + 1 })
}

export function setVolumeCompression(cluster: ClusterState, uuid: string, compression: boolean): void {
  const volume = requireVolume(cluster, uuid)
  cluster.volumes.put(uuid, { ...volume, compression, etag: volume.etag + 1 })
}

/** By name; empty for none of its own. */
export function setVolumeQosPolicy(cluster: ClusterState, uuid: string, qosPolicyName: string): void {
  const volume = requireVolume(cluster, uuid)
  const { projectName } = volume
  const qosPolicyUuid = resolveQosPolicy(cluster, { projectName, qosPolicyUuid: '', qosPolicyName })
  cluster.volumes.put(uuid, { ...volume, qosPolicyUuid, etag: volume.etag + 1 })
}

/** Admits these hosts and no others, from anywhere. */
export function setVolumeAcl(cluster: ClusterState, uuid: string, acl: readonly string[]): void {
  const volume = requireVolume(cluster, uuid)
  cluster.volumes.put(uuid, { ...volume, acl, ipAcl: ['ALLOW_ANY'], etag: volume.etag + 1 })
}

/** Admits hosts from these addresses and no others. */
export function setVolumeIpAcl(cluster: ClusterState, uuid: string, ipAcl: readonly string[]): void {
  const volume = requireVolume(cluster, uuid)
  cluster.volumes.put(uuid, { ...volume, ipAcl, etag: volume.etag + 1 })
}

/** Sets how much of its volume the owner has written, as a fraction of its size from 0 to 1. */
export function writeVolume(cluster: ClusterState, uuid: string, writtenShare: number): void {
  const volume = requireVolume(cluster, uuid)
  cluster.volumes.put(uuid, { ...volume, writtenBytes: shareOf(volume.sizeBytes, writtenShare) })
}

/** Gives a volume any state, for example `Failed` or `Migrating`; it stays there. */
export function setVolumeState(cluster: ClusterState, uuid: string, state: VolumeRecord['state']): void {
  cluster.volumes.put(uuid, { ...requireVolume(cluster, uuid), state })
}

/** Gives a snapshot any state, for example `Failed`; it stays there. */
export function setSnapshotState(cluster: ClusterState, uuid: string, state: SnapshotRecord['state']): void {
  cluster.snapshots.put(uuid, { ...requireSnapshot(cluster, uuid), state })
}

/** Removes a snapshot in whatever state, at once, clones or not. */
export function removeSnapshot(cluster: ClusterState, uuid: string): void {
  const snapshot = requireSnapshot(cluster, uuid)
  cluster.snapshots.delete(uuid)
  cluster.recordSnapshotDeletion(snapshot, 'outside')
}

/** Leaves exactly `freeBytes` of physical space, by taking or giving back space outside the volumes. */
export function leavePhysicalSpace(cluster: ClusterState, freeBytes: bigint): void {
  const takenByVolumes = cluster.totals.ofCluster().physicalUsedBytes
  const extra = cluster.settings.effectivePhysicalBytes - takenByVolumes - freeBytes
  cluster.changeSettings({ extraPhysicalUsedBytes: extra > 0n ? extra : 0n })
}

export function setNodeState(cluster: ClusterState, uuid: string, state: NodeState): void {
  const node = cluster.nodes.get(uuid)
  if (!node) throw new Refusal('NotFound', `node ${uuid} not found`)
  cluster.nodes.put(uuid, { ...node, state, etag: node.etag + 1 })
}

function requireVolume(cluster: ClusterState, uuid: string): VolumeRecord {
  const volume = cluster.volumes.get(uuid)
  if (!volume) throw new Refusal('NotFound', `volume ${uuid} not found`)
  return volume
}

function requireSnapshot(cluster: ClusterState, uuid: string): SnapshotRecord {
  const snapshot = cluster.snapshots.get(uuid)
  if (!snapshot) throw new Refusal('NotFound', `snapshot ${uuid} not found`)
  return snapshot
}

function shareOf(sizeBytes: bigint, share: number): bigint {
  return (sizeBytes * BigInt(Math.round(share * 1_000_000))) / 1_000_000n
}
