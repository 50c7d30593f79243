import type { SourceInput } from '@flotilla/core/ports/create-volume-input'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'

export const volumeSourceInput = builder.inputType('VolumeSourceInput', {
  description:
    'What a new volume begins as a copy of: exactly one of these. It goes to the cluster of its source, with the same replicas and compression.',
  fields: (t) => ({
    snapshotId: t.id({
      description: 'Id of an AVAILABLE snapshot that was not taken for another clone only.',
    }),
    volumeId: t.id({
      description: 'Id of an AVAILABLE volume; its cluster takes a snapshot of it for this clone only.',
    }),
  }),
})

/** @param path where the source stands in the arguments */
export function readSource(
  source: typeof volumeSourceInput.$inferInput | null | undefined,
  path: string,
): SourceInput | undefined {
  if (!source) return undefined
  const { snapshotId, volumeId } = source
  return {
    ...(snapshotId && { snapshotId: readId('Snapshot', snapshotId, `${path}.snapshotId`) }),
    ...(volumeId && { volumeId: readId('Volume', volumeId, `${path}.volumeId`) }),
  }
}
