/** What a volume has besides its size, and a cluster can be asked to change while it is in use. */
export interface VolumeProperties {
  readonly compression: boolean
  /** Name of a QoS policy on its cluster; null for the cluster's default. */
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** What stood before the properties that a cluster is to be asked for; it is not asked for those that are absent. */
export type FormerProperties = Partial<VolumeProperties>

/** The properties as they are wanted that a cluster is to be asked for, whether it has them already or not. */
export function askedProperties(former: FormerProperties, wanted: VolumeProperties): FormerProperties {
  return {
    ...(former.compression !== undefined && { compression: wanted.compression }),
    ...(former.qosPolicy !== undefined && { qosPolicy: wanted.qosPolicy }),
    ...(former.labels !== undefined && { labels: wanted.labels }),
  }
}
