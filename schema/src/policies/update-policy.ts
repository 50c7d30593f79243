import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { policyDocumentInput, readDocument } from './policy-document-input.ts'
import { policyPayload } from './policy-payload.ts'

const updatePolicyInput = builder.inputType('UpdatePolicyInput', {
  description: 'The next revision of a policy.',
  fields: (t) => ({
    ...optionalKey(t),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    document: t.field({
      type: policyDocumentInput,
      required: true,
      description: 'The whole policy, not only what changes. It names the policy.',
    }),
  }),
})

const updatePolicyPayload = policyPayload('UpdatePolicyPayload', {
  description: 'The next placement goes by this revision; what is placed already stays where it is.',
  policy:
    'The policy in its new revision, or in the present one when that says the same. A request that is repeated under its key is answered with the revision of then.',
})

builder.mutationField('updatePolicy', (t) =>
  t.field({
    type: updatePolicyPayload,
    description:
      'Makes a new revision of a policy. Earlier ones stay on record. A document that is the present one already makes none, and answers with the present revision: so a request may be repeated, with `expectedRevision` too.',
    errors: {
      types: [InvalidInputError, NotFoundError, RevisionConflictError, IdempotencyConflictError],
      union: { name: 'UpdatePolicyResult', description: 'Outcome of `updatePolicy`.' },
    },
    args: { input: t.arg({ type: updatePolicyInput, required: true, description: 'The revision.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updatePolicy(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          expectedRevision: input.expectedRevision ?? undefined,
          document: readDocument(input.document),
        },
        viewer,
      ),
  }),
)
