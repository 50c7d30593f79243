import type { AttachmentMode } from '../hosts/attachment.ts'
import type { Host } from '../hosts/host.ts'
import type { HostId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { Volume } from '../volumes/volume.ts'
import type { NewChange } from './new-change.ts'

/** Null takes the name away; absent fields stay as they are. */
export interface HostChanges {
  readonly name?: string | null
  readonly addresses?: readonly string[]
}

/** A change of one volume's attachments. */
export interface AttachmentIntent {
  readonly volumeId: VolumeId
  readonly operation: NewOperation
  readonly expectedRevision: number | null
  /** Whether hosts that others have let in past us are to lose the volume. */
  readonly force: boolean
}

/** A host's record after a change, and the operation of that. */
export interface ChangedHost {
  readonly host: Host
  readonly operation: Operation
}

export interface AttachedVolume {
  readonly volume: Volume
  readonly operation: Operation
}

/** The hosts' records, and what is wanted of volumes for them. One transaction each, with its events. */
export interface HostStore {
  /** @throws NameTakenError, IdempotencyConflictError. Replays for a known key. */
  register(
    host: Pick<Host, 'id' | 'nqn' | 'name' | 'addresses'>,
    operation: NewOperation,
  ): Promise<ChangedHost>
  /** @throws NotFoundError, RevisionConflictError, HostAttachedError for other addresses, IdempotencyConflictError. Replays for a known key. */
  update(
    id: HostId,
    changes: HostChanges,
    expectedRevision: number | null,
    operation: NewChange,
  ): Promise<ChangedHost>
  /**
   * One that was deleted before is a success.
   *
   * @throws NotFoundError, RevisionConflictError, HostAttachedError, IdempotencyConflictError. Replays for a known key.
   */
  delete(id: HostId, expectedRevision: number | null, operation: NewChange): Promise<ChangedHost>
  /**
   * Records that the hosts are to be admitted to the volume.
   *
   * @throws NotFoundError, InvalidInputError, InvalidStateError, VolumeAttachedError, RevisionConflictError,
   * IdempotencyConflictError. Replays for a known key.
   */
  attach(intent: AttachmentIntent, hostIds: readonly HostId[], mode: AttachmentMode): Promise<AttachedVolume>
  /**
   * Records that the hosts, or all, are to be admitted no longer.
   *
   * @throws NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError. Replays for a known key.
   */
  detach(intent: AttachmentIntent, hostIds: readonly HostId[] | null): Promise<AttachedVolume>
}
