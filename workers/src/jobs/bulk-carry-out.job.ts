import type { OperationId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Goes on with a bulk operation: begins the items that nobody has begun. */
export const bulkCarryOut: JobDefinition<{ operationId: OperationId }> = {
  name: 'bulk.carry-out',
  payload: z.object({ operationId: z.templateLiteral(['op_', z.string()]) }),
  concurrency: 4,
}
