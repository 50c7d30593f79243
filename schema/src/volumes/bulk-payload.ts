import type { BulkAnswer } from '@flotilla/core/ports/operation-commands'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { bulkPlan } from './bulk-plan.ts'

export const bulkPayload = builder.objectRef<BulkAnswer>('BulkPayload').implement({
  description:
    'All items are on record and are carried out one after the other; or, for a dry run, the plan.',
  fields: (t) => ({
    operation: t.field({
      type: operation,
      nullable: true,
      description: 'The operation with its items; null for a dry run.',
      resolve: (answer) => ('operation' in answer ? answer.operation : null),
    }),
    plan: t.field({
      type: bulkPlan,
      nullable: true,
      description: 'What would become of each volume; null unless it is a dry run.',
      resolve: (answer) => ('plan' in answer ? answer.plan : null),
    }),
  }),
})
