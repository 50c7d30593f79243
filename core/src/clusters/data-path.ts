/** Where hosts find a cluster's volumes. */
export interface ClusterDataPath {
  /** The one NVMe subsystem that all its volumes hang off. */
  readonly subsystemNqn: string
  /** `address:port` of its discovery services. */
  readonly discoveryEndpoints: readonly string[]
  /** `address:port` of its nodes' data ports. */
  readonly nvmeEndpoints: readonly string[]
}
