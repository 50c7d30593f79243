import type { ClusterId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'

/** What an operation on data works on. */
export type OperationSubject = { readonly volumeId: VolumeId } | { readonly snapshotId: SnapshotId }

/** What one that is done at once is about; nothing for one about many. */
export type RecordedSubject = OperationSubject | { readonly clusterId: ClusterId } | Record<string, never>

/** The column of `operation` that names the subject. */
export function subjectColumn(subject: RecordedSubject): 'volume_id' | 'snapshot_id' | 'cluster_id' {
  if ('volumeId' in subject) return 'volume_id'
  return 'snapshotId' in subject ? 'snapshot_id' : 'cluster_id'
}

export function subjectId(subject: OperationSubject): VolumeId | SnapshotId
export function subjectId(subject: RecordedSubject): VolumeId | SnapshotId | ClusterId | null
export function subjectId(subject: RecordedSubject): VolumeId | SnapshotId | ClusterId | null {
  if ('volumeId' in subject && subject.volumeId) return subject.volumeId
  if ('snapshotId' in subject && subject.snapshotId) return subject.snapshotId
  return 'clusterId' in subject && subject.clusterId ? subject.clusterId : null
}
