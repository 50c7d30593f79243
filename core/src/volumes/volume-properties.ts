/** What a volume has besides its size, and a cluster can be asked to change while it is in use. */
export interface VolumeProperties {
  readonly compression: boolean
  /** Name of a QoS policy on its cluster; null for the cluster's default. */
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** Those of `wanted` that are not so yet, as a cluster is asked for them. */
export function changedProperties(
  former: VolumeProperties,
  wanted: VolumeProperties,
): {
  readonly compression?: boolean
  readonly qosPolicy?: string | null
  readonly labels?: VolumeProperties['labels']
} {
  const labelsOf = ({ labels }: VolumeProperties) => JSON.stringify(Object.entries(labels).sort())
  return {
    ...(wanted.compression !== former.compression && { compression: wanted.compression }),
    ...(wanted.qosPolicy !== former.qosPolicy && { qosPolicy: wanted.qosPolicy }),
    ...(labelsOf(wanted) !== labelsOf(former) && { labels: wanted.labels }),
  }
}
