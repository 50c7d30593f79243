import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Operation as OperationRow, Prisma } from '../generated/client.ts'
import { toOperation } from '../operations/operation-row.ts'
import { toCluster, WITHOUT_CREDENTIAL } from './cluster-row.ts'

/** What the same request was answered with before, with the record as it is now; also when the cluster has left the fleet since. */
export async function replayedCluster(
  transaction: Prisma.TransactionClient,
  id: ClusterId,
  operation: OperationRow,
): Promise<{ readonly cluster: Cluster; readonly operation: Operation }> {
  const row = await transaction.cluster.findUniqueOrThrow({ where: { id }, omit: WITHOUT_CREDENTIAL })
  return { cluster: toCluster(row), operation: toOperation(operation) }
}
