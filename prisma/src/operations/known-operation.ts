import type { OperationId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type pg from 'pg'
import { readOperation } from './read-operation.ts'

/** As it stands now; for whoever has found or written it before. */
export async function knownOperation(client: pg.ClientBase, id: OperationId): Promise<Operation> {
  const operation = await readOperation(client, id)
  if (!operation) throw new Error(`${id} vanished`)
  return operation
}
