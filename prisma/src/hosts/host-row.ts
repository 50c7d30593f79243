import type { Attachment, AttachmentMode } from '@flotilla/core/hosts/attachment'
import type { Host } from '@flotilla/core/hosts/host'
import type { HostId, VolumeId } from '@flotilla/core/identity/ids'
import type { Attachment as AttachmentRow, Host as HostRow } from '../generated/client.ts'

export type HostColumns = HostRow

export const HOST_COLUMNS = `id, nqn, name, addresses, revision, created_at AS "createdAt", updated_at AS "updatedAt",
  deleted_at AS "deletedAt"`

export function toHost(row: HostColumns): Host {
  return {
    id: row.id as HostId,
    nqn: row.nqn,
    name: row.name,
    addresses: row.addresses,
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  }
}

export function toAttachment(row: AttachmentRow): Attachment {
  return {
    volumeId: row.volumeId as VolumeId,
    hostId: row.hostId as HostId,
    wantedMode: row.wantedMode as AttachmentMode | null,
    confirmedMode: row.confirmedMode as AttachmentMode | null,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
