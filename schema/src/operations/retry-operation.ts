import {
  HasDependentsError,
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NoFeasibleClusterError,
  NotFoundError,
  OverloadedError,
  VolumeAttachedError,
  WouldShrinkError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from './operation.ts'

const retryOperationInput = builder.inputType('RetryOperationInput', {
  description: 'What to ask for again.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the original repetition.',
    }),
    id: t.id({ required: true, description: 'Id of the operation that has failed.' }),
  }),
})

const retryOperationPayload = builder.objectRef<{ operation: Operation }>('RetryOperationPayload').implement({
  description: 'The same is asked for again.',
  fields: (t) => ({
    operation: t.expose('operation', {
      type: operation,
      description:
        'The new operation; its `repeats` is the one that had failed, and its `target` another volume or snapshot than before, where one was to be made.',
    }),
  }),
})

builder.mutationField('retryOperation', (t) =>
  t.field({
    type: retryOperationPayload,
    description:
      'Asks once more for what has failed, as it was asked for then. A creation is placed anew and makes another volume; of a bulk operation the items that failed are repeated. What made a volume no smaller then is refused with WOULD_SHRINK where it would now, whatever `force` said.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        NameTakenError,
        WouldShrinkError,
        HasDependentsError,
        VolumeAttachedError,
        NoFeasibleClusterError,
        IdempotencyConflictError,
        OverloadedError,
      ],
      union: { name: 'RetryOperationResult', description: 'Outcome of `retryOperation`.' },
    },
    args: { input: t.arg({ type: retryOperationInput, required: true, description: 'The operation.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.retryOperation(
        { idempotencyKey: input.idempotencyKey, id: readId('Operation', input.id, 'input.id') },
        viewer,
      ),
  }),
)
