import type { BackendSnapshot, BackendSnapshotState } from '@flotilla/core/snapshots/backend-snapshot'
import { z } from 'zod'
import { byteCount, listOf, storableText, text, uuid } from './wire-values.ts'

/** A word that we do not know, and `Unknown` itself, count as CREATING: not usable, not gone, the next look may tell. */
const STATES: Readonly<Record<string, BackendSnapshotState>> = {
  Creating: 'CREATING',
  Available: 'AVAILABLE',
  Deleting: 'DELETING',
  Deleted: 'DELETING',
  Failed: 'FAILED',
}

const wireSnapshot = z.object({
  UUID: uuid,
  name: storableText.min(1),
  projectName: storableText.min(1),
  sourceVolumeUUID: text,
  size: byteCount,
  state: text,
  ETag: text,
})

export const snapshotAnswer = wireSnapshot.transform(
  (wire): BackendSnapshot => ({
    backendId: wire.UUID,
    name: wire.name,
    project: wire.projectName,
    volumeId: wire.sourceVolumeUUID,
    sizeBytes: wire.size,
    state: STATES[wire.state] ?? 'CREATING',
    etag: wire.ETag || null,
  }),
)

/** The snapshot of this name and project; an answer about another one is refused. */
export function snapshotNamed(project: string, name: string) {
  return snapshotAnswer.refine((snapshot) => snapshot.project === project && snapshot.name === name, {
    error: `it is about another snapshot than ${project}/${name}`,
  })
}

export const snapshotPageAnswer = z
  .object({ snapshots: listOf(snapshotAnswer) })
  .transform(({ snapshots }) => snapshots)
