import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'

/** What an operation on data works on. */
export type OperationSubject = { readonly volumeId: VolumeId } | { readonly snapshotId: SnapshotId }

/** The column of `operation` that names the subject. */
export function subjectColumn(subject: OperationSubject): 'volume_id' | 'snapshot_id' {
  return 'volumeId' in subject ? 'volume_id' : 'snapshot_id'
}

export function subjectId(subject: OperationSubject): VolumeId | SnapshotId {
  return 'volumeId' in subject ? subject.volumeId : subject.snapshotId
}
