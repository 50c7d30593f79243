import type { OperationId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type pg from 'pg'
import type { Operation as OperationRow } from '../generated/client.ts'
import { OPERATION_COLUMNS } from './operation-columns.ts'
import { toOperation } from './operation-row.ts'

/** Null when there is none. */
export async function readOperation(
  client: pg.Pool | pg.ClientBase,
  id: OperationId,
): Promise<Operation | null> {
  const { rows } = await client.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM operation WHERE id = $1`,
    [id],
  )
  return rows[0] ? toOperation(rows[0]) : null
}
