import type { ClusterId } from '@flotilla/core/identity/ids'
import { type AddedCluster, MAX_ADDED_CLUSTERS } from '@flotilla/core/ports/placement-trials'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'

export const ADDED_CLUSTERS = `At most ${MAX_ADDED_CLUSTERS}.`

/** @see AddedCluster for what else is taken for granted of it */
export const addedClusterInput = builder.inputType('AddedClusterInput', {
  description:
    'A cluster that could be there: empty, healthy, seen this moment, and a member for so long that no ramp holds it back.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'A name that no cluster of the fleet has.' }),
    effectiveBytes: t.field({
      type: 'Bytes',
      required: true,
      description: 'Its usable physical storage, in bytes.',
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels, each key once.',
    }),
    maxReplicas: t.int({ description: 'Copies that it can keep, 1 to 3; 3 when absent.' }),
  }),
})

export function readAddedClusters(
  clusters: readonly (typeof addedClusterInput.$inferInput)[],
): readonly AddedCluster[] {
  return clusters.map(({ name, effectiveBytes, labels, maxReplicas }, index) => ({
    name,
    effectiveBytes,
    labels: readLabels(labels, ['input', 'addClusters', String(index), 'labels']),
    maxReplicas: maxReplicas ?? undefined,
  }))
}

/** @param field of the input that lists the ids */
export function readClusterIds(ids: readonly string[], field: string): readonly ClusterId[] {
  return ids.map((id, index) => readId('Cluster', id, `input.${field}.${index}`))
}
