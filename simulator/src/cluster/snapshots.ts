import type { ClusterState } from './cluster-state.ts'
import { requireName } from './field-rules.ts'
import {
  findProject,
  findSnapshot,
  findVolume,
  type IfMatch,
  type ObjectReference,
  requireMatch,
} from './lookup.ts'
import { requireFreeSpace } from './placement.ts'
import type { SnapshotRecord, VolumeRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import { settleSnapshotAfter } from './snapshot-lifecycle.ts'

const MAX_DESCRIPTION_BYTES = 256

/** What a snapshot create asks for; empty strings are "not given". */
export interface CreateSnapshotRequest {
  readonly name: string
  readonly projectName: string
  readonly description: string
  readonly sourceVolumeUuid: string
  readonly sourceVolumeName: string
  /** Seconds with an `s` suffix, as protobuf writes a duration. */
  readonly retentionTime: string
}

/** How a request names the snapshot that it builds on. */
export interface SnapshotSource {
  readonly projectName: string
  readonly sourceSnapshotUuid: string
  readonly sourceSnapshotName: string
}

/** Begins a snapshot of a volume; it is `Available` after the create delay. Not idempotent. */
export function createSnapshot(cluster: ClusterState, request: CreateSnapshotRequest): SnapshotRecord {
  requireName(request.name, 'snapshot name')
  if (Buffer.byteLength(request.description) > MAX_DESCRIPTION_BYTES) {
    throw new Refusal('InvalidArgument', `description is longer than ${MAX_DESCRIPTION_BYTES} bytes`)
  }
  const { name: projectName } = findProject(cluster, request.projectName)
  const volume = findVolume(cluster, {
    uuid: request.sourceVolumeUuid,
    name: request.sourceVolumeName,
    projectName,
  })
  requireSnapshotSource(volume)
  requireFreeSnapshotName(cluster, projectName, request.name)
  requireFreeSpace(cluster)
  const snapshot = snapshotOf(cluster, volume, request)
  cluster.snapshots.put(snapshot.uuid, snapshot)
  settleSnapshotAfter(cluster, snapshot)
  return cluster.snapshots.get(snapshot.uuid) ?? snapshot
}

/** Accepts the deletion; while clones live the snapshot stays in `Deleting` and keeps its name. */
export function deleteSnapshot(cluster: ClusterState, reference: ObjectReference, ifMatch: IfMatch): void {
  const snapshot = findSnapshot(cluster, reference)
  if (snapshot.state === 'Deleting') return
  requireMatch(snapshot, ifMatch)
  if (snapshot.state === 'Creating') {
    throw new Refusal('Unavailable', `cannot delete snapshot ${snapshot.uuid} while it is Creating`)
  }
  if (snapshot.state === 'Failed') {
    throw new Refusal('InvalidArgument', `cannot delete snapshot ${snapshot.uuid} in state Failed`)
  }
  const deleting: SnapshotRecord = { ...snapshot, state: 'Deleting', etag: snapshot.etag + 1 }
  cluster.snapshots.put(snapshot.uuid, deleting)
  cluster.recordSnapshotDeletion(deleting)
  settleSnapshotAfter(cluster, deleting)
}

/** The snapshot that a clone or a rollback asks for; undefined when none is named. It must be `Available`. */
export function findCloneSource(cluster: ClusterState, request: SnapshotSource): SnapshotRecord | undefined {
  const { sourceSnapshotUuid, sourceSnapshotName, projectName } = request
  if (!sourceSnapshotUuid && !sourceSnapshotName) return undefined
  const snapshot = findSnapshot(cluster, { uuid: sourceSnapshotUuid, name: sourceSnapshotName, projectName })
  if (snapshot.state === 'Available') return snapshot
  const code = snapshot.state === 'Creating' ? 'Unavailable' : 'InvalidArgument'
  throw new Refusal(code, `snapshot ${snapshot.uuid} is ${snapshot.state}`)
}

function requireSnapshotSource(volume: VolumeRecord): void {
  if (volume.state === 'Available' || volume.state === 'Migrating') return
  const willPass = ['Creating', 'Updating', 'Rollback'].includes(volume.state)
  throw new Refusal(willPass ? 'Unavailable' : 'InvalidArgument', `volume ${volume.uuid} is ${volume.state}`)
}

function requireFreeSnapshotName(cluster: ClusterState, projectName: string, name: string): void {
  const holder = cluster.snapshots.get(cluster.snapshotNames.find(projectName, name) ?? '')
  if (holder && holder.state !== 'Failed') {
    throw new Refusal('AlreadyExists', `snapshot "${name}" already exists in project "${projectName}"`)
  }
}

/** The record that `createSnapshot` would put. */
export function snapshotOf(
  cluster: ClusterState,
  volume: VolumeRecord,
  request: Pick<CreateSnapshotRequest, 'name' | 'description' | 'retentionTime'>,
): SnapshotRecord {
  return {
    uuid: cluster.newUuid(),
    name: request.name,
    projectName: volume.projectName,
    description: request.description,
    state: 'Creating',
    retentionTime: request.retentionTime,
    sourceVolumeUuid: volume.uuid,
    sourceVolumeName: volume.name,
    sizeBytes: volume.sizeBytes,
    writtenBytes: volume.writtenBytes,
    replicaCount: volume.replicaCount,
    nodeUuids: volume.nodeUuids,
    nsid: cluster.nsids.allocate(),
    acl: volume.acl,
    ipAcl: volume.ipAcl,
    compression: volume.compression,
    sectorSizeBytes: volume.sectorSizeBytes,
    labels: volume.labels,
    createdAtMs: cluster.clock.now(),
    etag: 1,
  }
}
