import type { ClusterState } from './cluster-state.ts'
import type { StorageTotals } from './totals.ts'

/** Capacity figures as the API reports them, in bytes; sums count every replica. */
export interface CapacityFigures {
  readonly installedPhysicalStorage: bigint
  readonly managedPhysicalStorage: bigint
  readonly effectivePhysicalStorage: bigint
  readonly logicalStorage: bigint
  readonly logicalUsedStorage: bigint
  readonly physicalUsedStorage: bigint
  readonly physicalUsedStorageIncludingParity: bigint
  readonly freePhysicalStorage: bigint
  readonly estimatedFreeLogicalStorage: bigint
  readonly estimatedLogicalStorage: bigint
  readonly compressionRatio: number
}

/** Inactive nodes are included, as on the real clusters, so a half-dead cluster still looks roomy. */
export function clusterCapacity(cluster: ClusterState): CapacityFigures {
  const { effectivePhysicalBytes, extraPhysicalUsedBytes } = cluster.settings
  return figures(effectivePhysicalBytes, extraPhysicalUsedBytes, cluster.totals.ofCluster())
}

/** One node's share: capacity is spread evenly, volumes lie where their replicas are. */
export function nodeCapacity(cluster: ClusterState, nodeUuid: string): CapacityFigures {
  const { effectivePhysicalBytes, extraPhysicalUsedBytes } = cluster.settings
  const nodes = BigInt(cluster.nodes.size)
  const totals = cluster.totals.ofNode(nodeUuid)
  return figures(effectivePhysicalBytes / nodes, extraPhysicalUsedBytes / nodes, totals)
}

function figures(effective: bigint, extraUsed: bigint, totals: StorageTotals): CapacityFigures {
  const used = totals.physicalUsedBytes + extraUsed
  const free = effective > used ? effective - used : 0n
  const { logicalUsedBytes, physicalUsedBytes } = totals
  const scaled = (bytes: bigint) =>
    physicalUsedBytes === 0n ? bytes : (bytes * logicalUsedBytes) / physicalUsedBytes
  return {
    // The surplus over effective stands for parity, over-provisioning and unmanaged drives.
    installedPhysicalStorage: (effective * 10n) / 8n,
    managedPhysicalStorage: (effective * 9n) / 8n,
    effectivePhysicalStorage: effective,
    logicalStorage: totals.logicalBytes,
    logicalUsedStorage: logicalUsedBytes,
    physicalUsedStorage: used,
    physicalUsedStorageIncludingParity: (used * 9n) / 8n,
    freePhysicalStorage: free,
    estimatedFreeLogicalStorage: scaled(free),
    estimatedLogicalStorage: scaled(effective),
    compressionRatio: physicalUsedBytes === 0n ? 1 : Number(logicalUsedBytes) / Number(physicalUsedBytes),
  }
}
