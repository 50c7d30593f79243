import { createHash } from 'node:crypto'
import type { VolumePicture } from '@flotilla/core/findings/finding'

/** A view of a volume as it stands in JSON columns; those from before access was kept are without it. */
export interface StoredPicture extends Omit<VolumePicture, 'sizeBytes' | 'access'> {
  readonly sizeBytes: string
  readonly access?: VolumePicture['access']
}

/** Of anything that has the fields; the others are left out. */
export function storedPicture(of: VolumePicture): StoredPicture {
  const { name, project, replicas, compression, qosPolicy, labels, access } = of
  const sorted = Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    name,
    project,
    sizeBytes: of.sizeBytes.toString(),
    replicas,
    compression,
    qosPolicy,
    labels: sorted,
    access,
  }
}

export function toPicture(stored: StoredPicture): VolumePicture {
  return { ...stored, sizeBytes: BigInt(stored.sizeBytes), access: stored.access ?? null }
}

/** Short, and equal for equal texts only. */
export function digestOf(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text).update('\n')
  return hash.digest('base64url').slice(0, 22)
}
