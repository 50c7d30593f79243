import type { DriverCapabilities } from './driver-capabilities.ts'

/**
 * Kinds of cluster that can join a fleet, by the name of their driver, and what each can do. It stands here and not in the
 * drivers, because those who ask (the API, the commands) hold none.
 */
export const CLUSTER_KINDS: ReadonlyMap<string, DriverCapabilities> = new Map<string, DriverCapabilities>([
  [
    'lightos',
    {
      snapshots: true,
      clones: true,
      qos: true,
      hostAccess: 'NQN',
      replicas: 'PER_VOLUME',
      maxReplicas: 3,
      sizeGranularityBytes: 4096n,
    },
  ],
])
