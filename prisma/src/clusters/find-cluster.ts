import type { Cluster } from '@flotilla/core/clusters/cluster'
import { NotFoundError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Prisma } from '../generated/client.ts'
import { toCluster, WITHOUT_CREDENTIAL } from './cluster-row.ts'

/** A member of the fleet. @throws NotFoundError, for one that has left as well */
export async function findCluster(
  transaction: Prisma.TransactionClient,
  id: ClusterId,
  path: readonly string[] = ['input', 'id'],
): Promise<Cluster> {
  const row = await transaction.cluster.findFirst({
    where: { id, detachedAt: null },
    omit: WITHOUT_CREDENTIAL,
  })
  if (!row) throw new NotFoundError(`there is no cluster ${id}`, path)
  return toCluster(row)
}
