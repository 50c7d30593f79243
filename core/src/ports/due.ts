import type { ClusterId } from '../identity/ids.ts'

/** Something whose work is due, and the cluster that it is on. */
export interface Due<Id> {
  readonly id: Id
  readonly clusterId: ClusterId
}
