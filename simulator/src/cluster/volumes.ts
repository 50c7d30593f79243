import type { ClusterState } from './cluster-state.ts'
import { parseCompression, requireAcl, requireIpAcl, requireLabels, requireName } from './field-rules.ts'
import { findProject, findVolume, type IfMatch, type ObjectReference, requireMatch } from './lookup.ts'
import { chooseNodes, requireFreeSpace } from './placement.ts'
import { resolveQosPolicy } from './qos-policies.ts'
import type { Label, PlacementRestriction, SnapshotRecord, VolumeRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import { parseVolumeSize } from './size.ts'
import { findCloneSource } from './snapshots.ts'
import { settleAfter } from './volume-lifecycle.ts'

/** What a create asks for, as it was written; empty strings and lists are "not given". */
export interface CreateVolumeRequest {
  readonly name: string
  readonly projectName: string
  readonly size: string
  readonly replicaCount: number
  readonly compression: string
  readonly acl: readonly string[]
  readonly ipAcl: readonly string[]
  readonly sectorSize: number
  readonly sourceSnapshotUuid: string
  readonly sourceSnapshotName: string
  readonly qosPolicyUuid: string
  readonly qosPolicyName: string
  readonly labels: readonly Label[]
  readonly placementRestrictions: readonly PlacementRestriction[]
}

/** What an update changes; undefined leaves the field as it is. */
export interface UpdateVolumeRequest {
  readonly size: string | undefined
  readonly force: boolean
  readonly newName: string | undefined
  readonly compression: string | undefined
  readonly acl: readonly string[] | undefined
  readonly ipAcl: readonly string[] | undefined
  readonly qosPolicyUuid: string | undefined
  readonly qosPolicyName: string | undefined
  readonly labels: readonly Label[] | undefined
}

const DEFAULT_SECTOR_SIZE_BYTES = 4096

/** Begins a volume; it is `Available` (or, on command, `Failed`) after the create delay. Not idempotent. */
export function createVolume(cluster: ClusterState, request: CreateVolumeRequest): VolumeRecord {
  const source = findCloneSource(cluster, request)
  const volume = source ? cloneOf(cluster, request, source) : emptyVolume(cluster, request)
  requireFreeName(cluster, volume.projectName, volume.name)
  requireFreeSpace(cluster)
  cluster.volumes.put(volume.uuid, volume)
  cluster.recordHistory('created', volume)
  settleAfter(cluster, volume)
  return cluster.volumes.get(volume.uuid) ?? volume
}

/** Changes a volume in place; it is `Updating` for the update delay. Needs `Available` or `Migrating`. */
export function updateVolume(
  cluster: ClusterState,
  reference: ObjectReference,
  request: UpdateVolumeRequest,
  ifMatch: IfMatch,
): void {
  const volume = findVolume(cluster, reference)
  requireMatch(volume, ifMatch)
  requireChangeable(volume, 'update')
  const changed = withChanges(cluster, volume, request)
  const updating: VolumeRecord = { ...changed, state: 'Updating', etag: volume.etag + 1 }
  cluster.volumes.put(volume.uuid, updating)
  if (updating.name !== volume.name) cluster.recordHistory('renamed', updating)
  if (updating.sizeBytes !== volume.sizeBytes) cluster.recordHistory('resized', updating)
  if (hasOtherProperties(volume, updating)) cluster.recordHistory('changed', updating)
  settleAfter(cluster, updating)
}

/**
 * Begins the deletion; the volume is gone after the delete delay. A repeated call while it is `Deleting`
 * succeeds, because Cinder's driver repeats until it sees a 200.
 */
export function deleteVolume(cluster: ClusterState, reference: ObjectReference, ifMatch: IfMatch): void {
  const volume = findVolume(cluster, reference)
  if (volume.state === 'Deleting') return
  requireMatch(volume, ifMatch)
  requireChangeable(volume, 'delete')
  const deleting: VolumeRecord = { ...volume, state: 'Deleting', etag: volume.etag + 1 }
  cluster.volumes.put(volume.uuid, deleting)
  cluster.recordHistory('deleting', deleting)
  settleAfter(cluster, deleting)
}

/** Refuses states in which a volume may not be changed: 503 while that will pass, 400 when it will not. */
export function requireChangeable(volume: VolumeRecord, verb: string): void {
  switch (volume.state) {
    case 'Available':
    case 'Migrating':
      return
    case 'Creating':
    case 'Updating':
    case 'Rollback':
      throw new Refusal('Unavailable', `cannot ${verb} volume ${volume.uuid} while it is ${volume.state}`)
    default:
      throw new Refusal('InvalidArgument', `cannot ${verb} volume ${volume.uuid} in state ${volume.state}`)
  }
}

/** Refuses a name that another volume of the project holds; one that only failed volumes hold is free. */
export function requireFreeName(cluster: ClusterState, projectName: string, name: string): void {
  const holder = cluster.volumes.get(cluster.volumeNames.find(projectName, name) ?? '')
  if (holder && holder.state !== 'Failed') {
    throw new Refusal('AlreadyExists', `volume "${name}" already exists in project "${projectName}"`)
  }
}

function emptyVolume(cluster: ClusterState, request: CreateVolumeRequest): VolumeRecord {
  requireName(request.name, 'volume name')
  requireAcl(request.acl)
  requireIpAcl(request.ipAcl)
  requireLabels(request.labels)
  return {
    uuid: cluster.newUuid(),
    name: request.name,
    projectName: findProject(cluster, request.projectName).name,
    state: 'Creating',
    sizeBytes: parseVolumeSize(request.size),
    writtenBytes: 0n,
    replicaCount: request.replicaCount,
    nodeUuids: chooseNodes(cluster, request.replicaCount),
    nsid: cluster.nsids.allocate(),
    acl: request.acl,
    ipAcl: request.ipAcl.length > 0 ? request.ipAcl : ['ALLOW_ANY'],
    compression: parseCompression(request.compression),
    sectorSizeBytes: request.sectorSize || DEFAULT_SECTOR_SIZE_BYTES,
    sourceSnapshotUuid: '',
    sourceSnapshotName: '',
    qosPolicyUuid: resolveQosPolicy(cluster, request),
    labels: request.labels,
    placementRestrictions: request.placementRestrictions,
    createdAtMs: cluster.clock.now(),
    etag: 1,
  }
}

/**
 * A clone lives on the nodes of its snapshot and may be larger than it, not smaller. That its replica count must
 * be the snapshot's is inferred from the former.
 */
function cloneOf(cluster: ClusterState, request: CreateVolumeRequest, source: SnapshotRecord): VolumeRecord {
  const volume = emptyVolume(cluster, { ...request, size: request.size || String(source.sizeBytes) })
  if (volume.sizeBytes < source.sizeBytes) {
    throw new Refusal(
      'InvalidArgument',
      `size ${volume.sizeBytes} is below the snapshot's ${source.sizeBytes}`,
    )
  }
  if (volume.replicaCount !== source.replicaCount) {
    throw new Refusal('InvalidArgument', `replicaCount must be the snapshot's ${source.replicaCount}`)
  }
  return {
    ...volume,
    nodeUuids: source.nodeUuids,
    writtenBytes: source.writtenBytes,
    sectorSizeBytes: source.sectorSizeBytes,
    sourceSnapshotUuid: source.uuid,
    sourceSnapshotName: source.name,
    labels: request.labels.length > 0 ? request.labels : source.labels,
  }
}

function withChanges(
  cluster: ClusterState,
  volume: VolumeRecord,
  request: UpdateVolumeRequest,
): VolumeRecord {
  const { acl, ipAcl, labels, compression } = request
  if (acl) requireAcl(acl)
  if (ipAcl) requireIpAcl(ipAcl)
  if (labels) requireLabels(labels)
  const sizeBytes = changedSize(cluster, volume, request)
  return {
    ...volume,
    name: changedName(cluster, volume, request.newName),
    sizeBytes,
    writtenBytes: volume.writtenBytes < sizeBytes ? volume.writtenBytes : sizeBytes,
    acl: acl ?? volume.acl,
    ipAcl: ipAcl ?? volume.ipAcl,
    labels: labels ?? volume.labels,
    compression: compression === undefined ? volume.compression : parseCompression(compression),
    qosPolicyUuid: changedQosPolicy(cluster, volume, request),
  }
}

function hasOtherProperties(before: VolumeRecord, after: VolumeRecord): boolean {
  const propertiesOf = ({ acl, ipAcl, labels, compression, qosPolicyUuid }: VolumeRecord) =>
    JSON.stringify([acl, ipAcl, labels, compression, qosPolicyUuid])
  return propertiesOf(before) !== propertiesOf(after)
}

function changedName(cluster: ClusterState, volume: VolumeRecord, newName: string | undefined): string {
  if (!newName || newName === volume.name) return volume.name
  requireName(newName, 'volume name')
  requireFreeName(cluster, volume.projectName, newName)
  return newName
}

function changedSize(cluster: ClusterState, volume: VolumeRecord, request: UpdateVolumeRequest): bigint {
  if (!request.size) return volume.sizeBytes
  const sizeBytes = parseVolumeSize(request.size)
  if (sizeBytes < volume.sizeBytes && !request.force) {
    throw new Refusal(
      'InvalidArgument',
      `shrinking from ${volume.sizeBytes} to ${sizeBytes} bytes needs Force`,
    )
  }
  if (sizeBytes > volume.sizeBytes) requireFreeSpace(cluster)
  return sizeBytes
}

function changedQosPolicy(cluster: ClusterState, volume: VolumeRecord, request: UpdateVolumeRequest): string {
  if (request.qosPolicyUuid === undefined && request.qosPolicyName === undefined) return volume.qosPolicyUuid
  const { qosPolicyUuid = '', qosPolicyName = '' } = request
  return resolveQosPolicy(cluster, { projectName: volume.projectName, qosPolicyUuid, qosPolicyName })
}
