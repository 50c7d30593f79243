import { wireLabels } from './labels.ts'

/** For whoever looks at the cluster itself: what stood here was taken away. */
const NO_LABELS = { key: 'flotilla', value: 'unlabelled' }

/** Our labels in place of whatever the volume has. Never none: the cluster takes an empty list for no change. */
export function replacingLabels(labels: Readonly<Record<string, string>>): ReturnType<typeof wireLabels> {
  const wire = wireLabels(labels)
  return wire.length > 0 ? wire : [NO_LABELS]
}
