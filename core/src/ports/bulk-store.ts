import type { AttachedHost } from '../hosts/attach-volume.ts'
import type { Host } from '../hosts/host.ts'
import type { HostId, OperationId, SnapshotId, VolumeId } from '../identity/ids.ts'
import type { BulkKind } from '../operations/bulk-kinds.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { OperationRequest } from '../operations/operation-request.ts'
import type { DeletionFacts } from '../volumes/deletion-fault.ts'
import type { Volume } from '../volumes/volume.ts'
import type { VolumeConditions } from './fleet-reader.ts'
import type { Where } from './page.ts'

/** Exactly one of them. Volumes that are deleted or released are not among those of `where` unless it names these states. */
export type VolumeSelection =
  | { readonly ids: readonly VolumeId[] }
  | { readonly where: Where<VolumeConditions> }

/** One thing to do; what it says beyond the bulk's request. */
export interface NewBulkItem {
  readonly volumeId: VolumeId | null
  readonly input: OperationRequest | null
}

/** The records of bulk operations. */
export interface BulkStore {
  /** The operation that came under this key before; null when there is none. @throws IdempotencyConflictError */
  earlier(operation: NewOperation): Promise<Operation | null>
  /**
   * The volumes that are meant, in the order of the ids given, or of their own ids.
   *
   * @throws TooManyItemsError when there are more than `maxItems`, NotFoundError for ids of which there is no volume
   */
  select(selection: VolumeSelection, maxItems: number): Promise<readonly Volume[]>
  /** What hangs on each of them, by the volume's id; for dry runs. */
  dependents(ids: readonly VolumeId[]): Promise<ReadonlyMap<VolumeId, DeletionFacts>>
  /** The snapshots that have this name, by the id of their volume; for dry runs. */
  snapshotNameHolders(ids: readonly VolumeId[], name: string): Promise<ReadonlyMap<VolumeId, SnapshotId>>
  /** The hosts of each of them, by the volume's id; for dry runs. */
  attachedHosts(ids: readonly VolumeId[]): Promise<ReadonlyMap<VolumeId, readonly AttachedHost[]>>
  /** In the order of the ids. @throws NotFoundError for one that is not there */
  hosts(ids: readonly HostId[]): Promise<readonly Host[]>
  /**
   * Records the operation with all its items in one transaction, with its event; nothing is carried out yet.
   *
   * @param request what is asked of each item
   * @throws IdempotencyConflictError. Replays for a known key.
   */
  start(
    kind: BulkKind,
    operation: NewOperation,
    request: OperationRequest,
    items: readonly NewBulkItem[],
  ): Promise<Operation>
  /** The same with the items of an earlier one that have failed, and that nobody has repeated by themselves. */
  repeat(formerId: OperationId, operation: NewOperation): Promise<Operation>
}
