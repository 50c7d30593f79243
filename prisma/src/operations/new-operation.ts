import { IdempotencyConflictError } from '@flotilla/core/errors'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { NewOperation } from '@flotilla/core/ports/placement-ledger'
import type { Operation as OperationRow, Prisma } from '../generated/client.ts'

/** Within a transaction of Prisma's: the earlier operation under this key, if the input is the same. */
export async function findReplay(
  transaction: Prisma.TransactionClient,
  operation: NewOperation,
): Promise<OperationRow | null> {
  const earlier = await transaction.operation.findUnique({
    where: { actor_idempotencyKey: { actor: operation.actor, idempotencyKey: operation.idempotencyKey } },
  })
  if (earlier && earlier.inputFingerprint !== operation.inputFingerprint) {
    throw new IdempotencyConflictError(earlier.id)
  }
  return earlier
}

export function operationData(kind: OperationKind, operation: NewOperation): Prisma.OperationCreateInput {
  const { request, ...columns } = operation
  return {
    ...columns,
    ...(request && { request: { ...request } as Prisma.InputJsonObject }),
    kind,
    state: 'PENDING',
  }
}
