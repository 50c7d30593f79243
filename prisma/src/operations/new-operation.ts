import { IdempotencyConflictError } from '@flotilla/core/errors'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type { Operation as OperationRow, Prisma } from '../generated/client.ts'

/** Within a transaction of Prisma's: the earlier operation under this key, if the input is the same. */
export async function findReplay(
  transaction: Prisma.TransactionClient,
  { actor, idempotencyKey, inputFingerprint }: NewChange,
): Promise<OperationRow | null> {
  if (idempotencyKey === null) return null
  const earlier = await transaction.operation.findUnique({
    where: { actor_idempotencyKey: { actor, idempotencyKey } },
  })
  if (earlier && earlier.inputFingerprint !== inputFingerprint) {
    throw new IdempotencyConflictError(earlier.id)
  }
  return earlier
}

export function operationData(kind: OperationKind, operation: NewChange): Prisma.OperationCreateInput {
  const { request, ...columns } = operation
  return {
    ...columns,
    ...(request && { request: { ...request } as Prisma.InputJsonObject }),
    kind,
    state: 'PENDING',
  }
}

/** Of a change that is made with its record. */
export function doneOperationData(
  kind: OperationKind,
  operation: NewChange,
  now: Date,
): Prisma.OperationCreateInput {
  return { ...operationData(kind, operation), state: 'SUCCEEDED', startedAt: now, finishedAt: now }
}
