import type { ClusterId, HostId, SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'

/** What an operation on data works on. */
export type OperationSubject = { readonly volumeId: VolumeId } | { readonly snapshotId: SnapshotId }

/** What one that is done at once is about; nothing for one about many. */
export type RecordedSubject =
  | OperationSubject
  | { readonly clusterId: ClusterId }
  | { readonly hostId: HostId }
  | { readonly scheduleId: SnapshotScheduleId }
  | Record<string, never>

/** In this order: what carries the id of a volume or a snapshot may carry its cluster's besides. */
const COLUMNS = [
  ['volumeId', 'volume_id'],
  ['snapshotId', 'snapshot_id'],
  ['hostId', 'host_id'],
  ['scheduleId', 'schedule_id'],
  ['clusterId', 'cluster_id'],
] as const
type Column = (typeof COLUMNS)[number][1]

/** The column of `operation` that names the subject; any, for one about nothing. */
export function subjectColumn(subject: RecordedSubject): Column {
  return find(subject).column
}

export function subjectId(subject: RecordedSubject): string | null {
  return find(subject).id
}

function find(subject: RecordedSubject): { readonly column: Column; readonly id: string | null } {
  const ids: Readonly<Record<string, unknown>> = subject
  for (const [field, column] of COLUMNS) {
    const id = ids[field]
    if (typeof id === 'string') return { column, id }
  }
  return { column: 'cluster_id', id: null }
}
