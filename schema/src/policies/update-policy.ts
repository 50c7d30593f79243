import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import { builder } from '../builder.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { policy } from './policy.ts'
import { policyDocumentInput, readDocument } from './policy-document-input.ts'

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

const updatePolicyPayload = builder.objectRef<{ policy: StoredPolicy }>('UpdatePolicyPayload').implement({
  description: 'The next placement goes by this revision; what is placed already stays where it is.',
  fields: (t) => ({
    policy: t.expose('policy', {
      type: policy,
      description: 'The policy in its new revision, or in the present one when that says the same.',
    }),
  }),
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
