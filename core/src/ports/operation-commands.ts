import type { AttachmentMode } from '../hosts/attachment.ts'
import type { HostId, OperationId } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { BulkPlan } from '../operations/bulk-plan.ts'
import type { Operation } from '../operations/operation.ts'
import type { VolumeSelection } from './bulk-store.ts'
import type { CreateVolumeInput } from './create-volume-input.ts'

/** How many volumes one request may be about. */
export const MAX_BULK_ITEMS = 10_000
/** How many volumes one request may make. */
export const MAX_BULK_CREATED = 1_000

export interface OperationInput {
  readonly idempotencyKey: string
  readonly id: OperationId
}

export interface BulkInput {
  readonly idempotencyKey: string
  readonly selection: VolumeSelection
  /** 1 to MAX_BULK_ITEMS; a selection of more is refused. */
  readonly maxItems: number
  readonly dryRun: boolean
}

export interface BulkDeleteInput extends BulkInput {
  readonly cascade: boolean
  readonly force: boolean
}

/** Absent fields stay as they are. */
export interface BulkUpdateInput extends BulkInput {
  readonly labels?: Readonly<Record<string, string>>
  readonly compression?: boolean
  /** As in `UpdateVolumeInput`. */
  readonly qosPolicy?: string | null
  /** The size of each of them from now on. */
  readonly sizeBytes?: bigint
  /** How much each is to grow, from the size that it has when this is asked. */
  readonly growBytes?: bigint
  /** Whether smaller sizes are meant by `sizeBytes`; nothing that grows by `growBytes` ever gets smaller. */
  readonly force: boolean
}

export interface BulkSnapshotInput extends BulkInput {
  /** The same for each: names are unique among the snapshots of one volume. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly retentionSeconds?: number
}

export interface BulkAttachInput extends BulkInput {
  /** 1 to MAX_HOSTS; one for an exclusive attachment. */
  readonly hostIds: readonly HostId[]
  readonly mode: AttachmentMode
  /** As in `AttachVolumeInput`. */
  readonly force: boolean
}

export interface BulkDetachInput extends BulkInput {
  /** All of each volume's hosts when absent. */
  readonly hostIds?: readonly HostId[]
  /** As in `DetachVolumeInput`. */
  readonly force: boolean
}

export interface BulkCreateInput {
  readonly idempotencyKey: string
  /** 1 to MAX_BULK_CREATED. */
  readonly volumes: readonly Omit<CreateVolumeInput, 'idempotencyKey'>[]
}

/** What was recorded, or what would be done. */
export type BulkAnswer = { readonly operation: Operation } | { readonly plan: BulkPlan }

/** What callers can ask for about operations, and of many volumes at once; as FleetCommands. */
export interface OperationCommands {
  /** @throws NotFoundError, InvalidStateError with the reason, besides the others */
  cancelOperation(
    input: OperationInput,
    actor: Actor,
  ): Promise<{ operation: Operation; cancellation: Operation }>
  /**
   * Asks again for what has failed: a creation makes another volume (design.md 3, rule 2: what the former one's name
   * stands for on a cluster is not touched), a bulk operation repeats the items that failed. What made a volume no smaller
   * then is refused with WOULD_SHRINK where it would now, `force` or not: others have grown it since.
   *
   * @throws what the command that is repeated throws
   */
  retryOperation(input: OperationInput, actor: Actor): Promise<{ operation: Operation }>
  /** @throws InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError; so do the others in bulk */
  bulkDeleteVolumes(input: BulkDeleteInput, actor: Actor): Promise<BulkAnswer>
  bulkUpdateVolumes(input: BulkUpdateInput, actor: Actor): Promise<BulkAnswer>
  bulkCreateSnapshots(input: BulkSnapshotInput, actor: Actor): Promise<BulkAnswer>
  /** @throws NotFoundError for an unknown host, besides the others */
  bulkAttachVolumes(input: BulkAttachInput, actor: Actor): Promise<BulkAnswer>
  bulkDetachVolumes(input: BulkDetachInput, actor: Actor): Promise<BulkAnswer>
  bulkCreateVolumes(input: BulkCreateInput, actor: Actor): Promise<{ operation: Operation }>
}
