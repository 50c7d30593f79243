import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { optionalKey } from '../operations/optional-key.ts'

const deletePolicyInput = builder.inputType('DeletePolicyInput', {
  description: 'Which policy is no longer needed.',
  fields: (t) => ({
    ...optionalKey(t),
    name: t.string({ required: true, description: 'Name of the policy.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const deletePolicyPayload = builder
  .objectRef<{ name: string; operation: Operation }>('DeletePolicyPayload')
  .implement({
    description: 'Requests can no longer name the policy. Its revisions stay on record.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'The name it had.' }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('deletePolicy', (t) =>
  t.field({
    type: deletePolicyPayload,
    description:
      'Takes a policy out of use, and ends its shadow. Refused while volumes use it or it is the shadow of another, and for the policy `default`. One that was deleted before is answered like the first time, so a request may be repeated; with `expectedRevision` a repeat never touches a policy that was made anew under the name.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DeletePolicyResult', description: 'Outcome of `deletePolicy`.' },
    },
    args: { input: t.arg({ type: deletePolicyInput, required: true, description: 'The policy.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.deletePolicy(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          name: input.name,
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
