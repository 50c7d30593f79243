import type { ClusterAdminState } from '@flotilla/core/clusters/cluster'
import type { ClusterDrain } from '@flotilla/core/clusters/cluster-drain'
import type { ClusterId, OperationId } from '@flotilla/core/identity/ids'
import type { Database } from '../database/connect.ts'
import type { ClusterDrain as DrainRow } from '../generated/client.ts'

/** The latest drain of each cluster, in order; null for one that has had none. */
export async function readDrains(
  prisma: Database['prisma'],
  ids: readonly ClusterId[],
): Promise<readonly (ClusterDrain | null)[]> {
  const rows = await prisma.clusterDrain.findMany({
    where: { clusterId: { in: [...ids] } },
    orderBy: { createdAt: 'desc' },
    distinct: ['clusterId'],
  })
  const byId = new Map(rows.map((row) => [row.clusterId, toDrain(row)]))
  return ids.map((id) => byId.get(id) ?? null)
}

function toDrain(row: DrainRow): ClusterDrain {
  return {
    operationId: row.operationId as OperationId,
    clusterId: row.clusterId as ClusterId,
    formerAdminState: row.formerAdminState as ClusterAdminState,
    total: { volumeCount: row.volumesTotal, snapshotCount: row.snapshotsTotal, bytes: row.bytesTotal },
    left: { volumeCount: row.volumesLeft, snapshotCount: row.snapshotsLeft, bytes: row.bytesLeft },
    countedAt: row.countedAt,
  }
}
