import type { AttachmentMode } from '../hosts/attachment.ts'
import type { HostId, VolumeId } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { AttachedVolume, ChangedHost, HostChanges } from './host-store.ts'

export interface RegisterHostInput {
  readonly idempotencyKey: string
  readonly nqn: string
  readonly name?: string
  readonly addresses: readonly string[]
}

export interface UpdateHostInput extends HostChanges {
  readonly idempotencyKey?: string
  readonly id: HostId
  readonly expectedRevision?: number
}

export interface DeleteHostInput {
  readonly idempotencyKey: string
  readonly id: HostId
  readonly expectedRevision?: number
}

export interface AttachVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  readonly hostIds: readonly HostId[]
  readonly mode: AttachmentMode
  /** Hosts that others have let in past us lose the volume. */
  readonly force?: boolean
  readonly expectedRevision?: number
}

export interface DetachVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  /** All of its hosts when absent. */
  readonly hostIds?: readonly HostId[]
  /** So do hosts that others have let in past us. */
  readonly force?: boolean
  readonly expectedRevision?: number
}

/** What callers can ask for about hosts; as FleetCommands. */
export interface HostCommands {
  /** The same key and input answers with the host made then. @throws InvalidInputError, NameTakenError */
  registerHost(input: RegisterHostInput, actor: Actor): Promise<ChangedHost>
  /** @throws HostAttachedError for other addresses while volumes are attached, besides the others */
  updateHost(input: UpdateHostInput, actor: Actor): Promise<ChangedHost>
  /** One that was deleted before is a success. @throws HostAttachedError while volumes are attached, besides the others */
  deleteHost(input: DeleteHostInput, actor: Actor): Promise<ChangedHost>
  /** @throws VolumeAttachedError where other hosts have the volume, besides the others */
  attachVolume(input: AttachVolumeInput, actor: Actor): Promise<AttachedVolume>
  detachVolume(input: DetachVolumeInput, actor: Actor): Promise<AttachedVolume>
}
