import type { HostId, VolumeId } from '../identity/ids.ts'

export const ATTACHMENT_MODES = ['EXCLUSIVE', 'SHARED'] as const
/** EXCLUSIVE: one host and no other. SHARED: any number, who see to it themselves that they do not spoil each other's data. */
export type AttachmentMode = (typeof ATTACHMENT_MODES)[number]

/** A volume and a host that is to be admitted to it, or was. At least one of the modes is not null. */
export interface Attachment {
  readonly volumeId: VolumeId
  readonly hostId: HostId
  /** Null when the host is to be detached. The same for all hosts of a volume that stay. */
  readonly wantedMode: AttachmentMode | null
  /** What its cluster has confirmed; null when it has not admitted the host yet. */
  readonly confirmedMode: AttachmentMode | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
