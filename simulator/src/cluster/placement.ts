import type { ClusterState } from './cluster-state.ts'
import { Refusal } from './refusal.ts'

/**
 * Chooses the nodes for the replicas of a new volume: the active ones with the least provisioned bytes.
 * Refuses a replica count that the cluster cannot honour now.
 */
export function chooseNodes(cluster: ClusterState, replicaCount: number): string[] {
  const { supportedMaxReplicas } = cluster.settings
  if (!Number.isInteger(replicaCount) || replicaCount < 1 || replicaCount > supportedMaxReplicas) {
    throw new Refusal(
      'InvalidArgument',
      `replicaCount must be 1 to ${supportedMaxReplicas}, not ${replicaCount}`,
    )
  }
  const possible = cluster.currentMaxReplicas()
  if (replicaCount > possible) {
    throw new Refusal('InvalidArgument', `replicaCount ${replicaCount} exceeds the ${possible} possible now`)
  }
  return [...cluster.nodes.values()]
    .filter((node) => node.state === 'Active')
    .map((node) => ({ uuid: node.uuid, bytes: cluster.totals.ofNode(node.uuid).logicalBytes }))
    .sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : a.uuid < b.uuid ? -1 : 1))
    .slice(0, replicaCount)
    .map((node) => node.uuid)
}

/**
 * A physically full cluster is read-only, so nothing may be promised on it.
 * ResourceExhausted (HTTP 429) is our choice: the real code for this case is not documented.
 */
export function requireFreeSpace(cluster: ClusterState): void {
  if (cluster.freePhysicalBytes() === 0n) {
    throw new Refusal('ResourceExhausted', 'no space: not enough free physical storage')
  }
}
