import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from './operation.ts'

const cancelOperationInput = builder.inputType('CancelOperationInput', {
  description: 'What to cancel.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the original cancellation.',
    }),
    id: t.id({ required: true, description: 'Id of the operation.' }),
  }),
})

interface Cancelled {
  readonly operation: Operation
  readonly cancellation: Operation
}

const cancelOperationPayload = builder.objectRef<Cancelled>('CancelOperationPayload').implement({
  description: 'No cluster will be asked for what was cancelled.',
  fields: (t) => ({
    operation: t.expose('operation', {
      type: operation,
      description:
        'The operation, CANCELLED; a bulk operation goes on with the items that were begun already.',
    }),
    cancellation: t.expose('cancellation', {
      type: operation,
      description: 'The record of the cancellation; for what was to be made, its deletion.',
    }),
  }),
})

builder.mutationField('cancelOperation', (t) =>
  t.field({
    type: cancelOperationPayload,
    description:
      'Cancels what can be: a creation of a volume or a snapshot, which becomes a deletion; a change or an attachment that no cluster was asked for yet; a drain; the items of a bulk operation that were not begun. Everything else is refused, saying why.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'CancelOperationResult', description: 'Outcome of `cancelOperation`.' },
    },
    args: { input: t.arg({ type: cancelOperationInput, required: true, description: 'The operation.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.cancelOperation(
        { idempotencyKey: input.idempotencyKey, id: readId('Operation', input.id, 'input.id') },
        viewer,
      ),
  }),
)
