import type { ClusterTarget } from './cluster-driver.ts'

/** Where and how a cluster is reached. `version` changes with any of it. */
export interface ClusterAccess extends Omit<ClusterTarget, 'requestTimeoutMs'> {
  readonly version: string
}
