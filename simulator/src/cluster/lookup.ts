import type { ClusterState } from './cluster-state.ts'
import type { NamedRecord, NameIndex } from './name-index.ts'
import type { ProjectRecord, SnapshotRecord, VolumeRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import type { Table } from './table.ts'

/** How a caller names one object: by uuid, or by name within a project. Empty means not given. */
export interface ObjectReference {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
}

/** A condition on the object's ETag; empty is no condition and the last writer wins. */
export type IfMatch = string

export function findVolume(cluster: ClusterState, reference: ObjectReference): VolumeRecord {
  return find(cluster.volumes, cluster.volumeNames, reference, 'volume')
}

export function findSnapshot(cluster: ClusterState, reference: ObjectReference): SnapshotRecord {
  return find(cluster.snapshots, cluster.snapshotNames, reference, 'snapshot')
}

export function findProject(cluster: ClusterState, name: string): ProjectRecord {
  const project = cluster.projects.get(name)
  if (!project) throw new Refusal('NotFound', `project "${name}" not found`)
  return project
}

/** Refuses when the caller's copy is stale. */
export function requireMatch(record: { readonly etag: number }, ifMatch: IfMatch): void {
  const expected = ifMatch.replace(/^(W\/)?"(.*)"$/, '$2')
  if (expected !== '' && expected !== String(record.etag)) {
    throw new Refusal('FailedPrecondition', `ETag mismatch: expected ${expected}, current is ${record.etag}`)
  }
}

function find<T extends NamedRecord>(
  table: Table<T>,
  names: NameIndex,
  reference: ObjectReference,
  noun: string,
): T {
  const { uuid, name, projectName } = reference
  if (!uuid && !name) throw new Refusal('InvalidArgument', `${noun} UUID or name is required`)
  if (!uuid && !projectName) {
    throw new Refusal('InvalidArgument', `projectName is required to find a ${noun} by name`)
  }
  const record = table.get(uuid.toLowerCase() || (names.find(projectName, name) ?? ''))
  const isElsewhere = record && projectName !== '' && record.projectName !== projectName
  if (!record || isElsewhere) throw new Refusal('NotFound', `${noun} ${uuid || `"${name}"`} not found`)
  return record
}
