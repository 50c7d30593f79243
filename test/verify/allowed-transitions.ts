import type { OperationState } from '@flotilla/core/operations/operation'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type { WatchedTable } from './records.ts'

type Transitions<State extends string> = Readonly<Record<State | 'NEW', readonly State[]>>

/** From each state, the others that may follow; from NEW those that a record may begin with. */
const VOLUME: Transitions<VolumeState> = {
  NEW: ['CREATING', 'AVAILABLE'],
  // One that was to be recreated is missing as before.
  CREATING: ['AVAILABLE', 'FAILED', 'DELETING', 'MISSING', 'RELEASED'],
  AVAILABLE: ['RESIZING', 'UPDATING', 'RESTORING', 'DELETING', 'MISSING', 'RELEASED'],
  RESIZING: ['AVAILABLE', 'MISSING', 'DELETING', 'RELEASED'],
  UPDATING: ['AVAILABLE', 'MISSING', 'DELETING', 'RELEASED'],
  RESTORING: ['AVAILABLE', 'MISSING', 'DELETING', 'RELEASED'],
  DELETING: ['DELETED', 'RELEASED'],
  DELETED: [],
  FAILED: ['DELETED'],
  MISSING: ['AVAILABLE', 'CREATING', 'DELETING', 'DELETED', 'RELEASED'],
  RELEASED: [],
}

const SNAPSHOT: Transitions<SnapshotState> = {
  NEW: ['CREATING'],
  CREATING: ['AVAILABLE', 'FAILED', 'DELETING', 'RELEASED'],
  // One whose time is over goes without being asked for.
  AVAILABLE: ['DELETING', 'LINGERING', 'DELETED', 'MISSING', 'RELEASED'],
  DELETING: ['LINGERING', 'DELETED', 'RELEASED'],
  LINGERING: ['DELETED', 'RELEASED'],
  DELETED: [],
  FAILED: ['DELETING', 'DELETED'],
  MISSING: ['AVAILABLE', 'DELETING', 'DELETED', 'RELEASED'],
  RELEASED: [],
}

const OPERATION: Transitions<OperationState> = {
  // An item of many may be refused at once, or cancelled before it was begun.
  NEW: ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  PENDING: ['RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  PARTIAL: [],
  FAILED: [],
  CANCELLED: [],
}

export const ALLOWED_TRANSITIONS: Readonly<
  Record<WatchedTable, Readonly<Record<string, readonly string[]>>>
> = {
  volume: VOLUME,
  snapshot: SNAPSHOT,
  operation: OPERATION,
}
