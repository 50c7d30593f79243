import type { DomainError } from '@flotilla/core/errors'
import type { BulkPlan, PlannedItem } from '@flotilla/core/operations/bulk-plan'
import { builder } from '../builder.ts'
import { errorCode } from '../errors/domain-errors.ts'
import { refuseCount } from '../paging/refuse-count.ts'
import { volume } from './volume.ts'

const bulkBlock = builder.objectRef<Pick<DomainError, 'code' | 'message'>>('BulkBlock').implement({
  description: 'Why one volume would be refused.',
  fields: (t) => ({
    code: t.expose('code', { type: errorCode, description: 'The cause, for programs.' }),
    message: t.exposeString('message', { description: 'The cause, for people.' }),
  }),
})

const bulkPlanItem = builder.objectRef<PlannedItem>('BulkPlanItem').implement({
  description: 'What would become of one volume.',
  fields: (t) => ({
    volume: t.expose('volume', { type: volume, description: 'The volume.' }),
    blockedBy: t.field({
      type: bulkBlock,
      nullable: true,
      description: 'Why it would be refused; null when nothing speaks against it now.',
      // An error as the value of a field would count as thrown.
      resolve: ({ blockedBy }) => blockedBy && { code: blockedBy.code, message: blockedBy.message },
    }),
  }),
})

const PLAN_PAGE = 50

export const bulkPlan = builder.objectRef<BulkPlan>('BulkPlan').implement({
  description:
    'What a bulk operation would do, by the rules of each single change. Growth is decided in order, each deducted from what the next one finds.',
  fields: (t) => ({
    itemCount: t.int({ description: 'How many volumes are meant.', resolve: ({ items }) => items.length }),
    blockedCount: t.int({
      description: 'How many of them would be refused.',
      resolve: ({ items }) => items.filter(({ blockedBy }) => blockedBy).length,
    }),
    items: t.field({
      type: [bulkPlanItem],
      description: 'A part of the volumes, in order.',
      args: {
        first: t.arg.int({ required: true, defaultValue: PLAN_PAGE, description: 'How many, 1 to 200.' }),
        skip: t.arg.int({
          required: true,
          defaultValue: 0,
          description: 'How many to leave out before them.',
        }),
        blocked: t.arg.boolean({
          description: 'Only those that would be refused, or would not; all when absent.',
        }),
      },
      complexity: ({ first }) => ({ field: 1, multiplier: Math.min(Math.max(first, 1), 200) }),
      resolve: ({ items }, { first, skip, blocked }) => {
        refuseCount(first)
        const wanted = items.filter(({ blockedBy }) => blocked == null || blocked === (blockedBy !== null))
        return wanted.slice(Math.max(0, skip), Math.max(0, skip) + first)
      },
    }),
  }),
})
