import type { ClusterConnectionState } from '@flotilla/core/clusters/cluster'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'

/** A poll that was begun: whom to ask, and what tells its result apart from an earlier or later one's. */
export interface BegunPoll {
  readonly clusterId: ClusterId
  readonly clusterName: string
  readonly driver: string
  /** Opens the sealed credential. @throws when the master key is another one */
  readonly openAccess: () => Promise<ClusterAccess>
  /** Of the access that this poll goes through; an answer that came through an older one does not count. */
  readonly accessRevision: number
  readonly connection: ClusterConnectionState
  readonly failures: number
  /** Name of the key of ours that the cluster accepted at the last look; null for a token, and before the first. */
  readonly acceptedKeyId: string | null
  readonly sequence: bigint
  /** By the database's clock. */
  readonly startedAt: Date
  readonly inventoryDue: boolean
  /** Projects of the cluster besides ours where volumes were adopted: they, and clones of them, have their snapshots there. Not those where all of it is gone. */
  readonly furtherProjects: readonly string[]
  /**
   * What the cluster reported at the last look, and what is pending of volumes that an inventory may yet contain; null before the first observation.
   * A MISSING one stays promised until a person decides, and if it comes back the cluster reports another sum.
   */
  readonly last: { readonly reportedBytes: bigint; readonly pendingBytes: bigint } | null
}
