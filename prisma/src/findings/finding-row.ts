import type {
  Finding,
  FindingAction,
  FindingEntry,
  FindingKind,
  FindingState,
} from '@flotilla/core/findings/finding'
import { FINDING_ACTOR } from '@flotilla/core/findings/finding'
import type { ClusterId, FindingId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { Finding as FindingRow } from '../generated/client.ts'
import { type StoredPicture, toPicture } from './stored-picture.ts'

interface StoredEntry {
  readonly at: string
  readonly actor: string
  readonly action: FindingAction
  readonly note: string | null
}

export function toFinding(row: FindingRow): Finding {
  return {
    id: row.id as FindingId,
    kind: row.kind as FindingKind,
    state: row.state as FindingState,
    clusterId: row.clusterId as ClusterId,
    name: row.name,
    backendId: row.kind === 'FOREIGN' ? row.subject : null,
    volumeId: row.volumeId as VolumeId | null,
    snapshotId: row.kind === 'MISSING_SNAPSHOT' ? (row.subject as SnapshotId) : null,
    wanted: pictureOf(row.wanted),
    written: pictureOf(row.written),
    observed: pictureOf(row.observed),
    ignoredUntil: row.ignoredUntil,
    openedAt: row.openedAt,
    updatedAt: row.updatedAt,
    resolvedAt: row.resolvedAt,
    history: [
      { at: row.openedAt, actor: FINDING_ACTOR, action: 'FOUND', note: null },
      ...(row.history as unknown as StoredEntry[]).map(toEntry),
    ],
  }
}

function pictureOf(stored: unknown) {
  return stored ? toPicture(stored as StoredPicture) : null
}

function toEntry(stored: StoredEntry): FindingEntry {
  return { ...stored, at: new Date(stored.at) }
}
