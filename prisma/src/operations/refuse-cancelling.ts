import { InvalidStateError } from '@flotilla/core/errors'
import type { OperationId } from '@flotilla/core/identity/ids'
import { cancelFault } from '@flotilla/core/operations/cancel-fault'
import type { Operation } from '@flotilla/core/operations/operation'
import type { OperationFacts } from '@flotilla/core/operations/operation-facts'
import type pg from 'pg'
import { knownOperation } from './known-operation.ts'

/**
 * Decided once what the operation works on is locked: whoever carries it out takes that lock first. @throws InvalidStateError
 *
 * @returns the operation as it stands
 */
export async function refuseCancelling(
  client: pg.ClientBase,
  id: OperationId,
  facts: Partial<Pick<OperationFacts, 'volume' | 'snapshotState' | 'bulk'>>,
): Promise<Operation> {
  const operation = await knownOperation(client, id)
  const fault = cancelFault(operation, { volume: null, snapshotState: null, bulk: null, ...facts })
  if (fault) throw new InvalidStateError(fault, ['input', 'id'])
  return operation
}
