import type { BulkCounts } from '@flotilla/core/operations/bulk-counts'
import { cancelFault } from '@flotilla/core/operations/cancel-fault'
import type { Operation } from '@flotilla/core/operations/operation'
import { operationSteps } from '@flotilla/core/operations/operation-steps'
import { retryFault } from '@flotilla/core/operations/retry-fault'
import { builder } from '../builder.ts'
import { existing } from '../identity/existing.ts'
import { operation } from './operation.ts'
import { operationStep } from './operation-step.ts'

const operationCounts = builder.objectRef<BulkCounts>('OperationCounts').implement({
  description: 'How many items of a bulk operation are in which state, as last counted.',
  fields: (t) => ({
    total: t.int({
      description: 'All of them.',
      resolve: ({ pending, running, succeeded, failed, cancelled }) =>
        pending + running + succeeded + failed + cancelled,
    }),
    pending: t.exposeInt('pending', { description: 'Not begun; `cancelOperation` cancels these.' }),
    running: t.exposeInt('running', { description: 'Begun, and not ended.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Carried out.' }),
    failed: t.exposeInt('failed', { description: 'Definitely refused; `retryOperation` repeats these.' }),
    cancelled: t.exposeInt('cancelled', {
      description: 'Cancelled before they were begun, or by themselves.',
    }),
  }),
})

builder.objectFields(operation, (t) => ({
  steps: t.field({
    type: [operationStep],
    description: 'What it goes through, in order.',
    resolve: async (parent, _args, { loaders }) =>
      operationSteps(parent, await existing(loaders.operationFacts.load(parent.id), parent.id)),
  }),
  counts: t.field({
    type: operationCounts,
    nullable: true,
    description: 'Its items by state; null for one that is not about many volumes.',
    resolve: async ({ id }, _args, { loaders }) => (await loaders.operationFacts.load(id))?.bulk ?? null,
  }),
  cancellable: t.boolean({
    description:
      'Whether `cancelOperation` would cancel it now. Work goes on meanwhile, so it may be too late by then.',
    resolve: async (parent, _args, { loaders }) =>
      cancelFault(parent, await existing(loaders.operationFacts.load(parent.id), parent.id)) === null,
  }),
  retryable: t.boolean({
    description: 'Whether it has failed, and `retryOperation` can ask for the same again.',
    resolve: async (parent, _args, { loaders }) =>
      retryFault(parent, (await loaders.operationFacts.load(parent.id))?.bulk ?? null) === null,
  }),
  parent: t.field({
    type: operation,
    nullable: true,
    description: 'The bulk operation that it is an item of; null for one that was asked for by itself.',
    resolve: ({ parentId }, _args, { loaders }) => parentId && loaders.operation.load(parentId),
  }),
  repeats: t.field({
    type: operation,
    nullable: true,
    description: 'The operation that it asks for again; null for one that repeats none.',
    resolve: async (parent, _args, { loaders }) => {
      const former = parent.formerId && (await loaders.operation.load(parent.formerId))
      return former && !cancels(parent, former) ? former : null
    },
  }),
  cancels: t.field({
    type: operation,
    nullable: true,
    description: 'The operation that was cancelled by it; null for one that cancels none.',
    resolve: async (parent, _args, { loaders }) => {
      const former = parent.formerId && (await loaders.operation.load(parent.formerId))
      return former && cancels(parent, former) ? former : null
    },
  }),
}))

/** A creation that is cancelled becomes a deletion; a deletion that has failed is repeated by one. */
function cancels({ kind }: Operation, former: Operation): boolean {
  return kind === 'CANCEL_OPERATION' || (kind.startsWith('DELETE_') && former.kind.startsWith('CREATE_'))
}
