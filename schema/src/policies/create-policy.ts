import { IdempotencyConflictError, InvalidInputError, NameTakenError } from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { requiredKey } from '../operations/required-key.ts'
import { policyDocumentInput, readDocument } from './policy-document-input.ts'
import { policyPayload } from './policy-payload.ts'

const createPolicyInput = builder.inputType('CreatePolicyInput', {
  description: 'A new policy.',
  fields: (t) => ({
    ...requiredKey(t),
    document: t.field({ type: policyDocumentInput, required: true, description: 'The whole policy.' }),
  }),
})

const createPolicyPayload = policyPayload('CreatePolicyPayload', {
  description: 'The policy is stored and may be used.',
  policy:
    'The policy in its first revision. A repeated request is answered with it whatever became of the policy since.',
})

builder.mutationField('createPolicy', (t) =>
  t.field({
    type: createPolicyPayload,
    description: 'Makes a policy that requests may name.',
    errors: {
      types: [InvalidInputError, NameTakenError, IdempotencyConflictError],
      union: { name: 'CreatePolicyResult', description: 'Outcome of `createPolicy`.' },
    },
    args: { input: t.arg({ type: createPolicyInput, required: true, description: 'The policy.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.createPolicy(
        { idempotencyKey: input.idempotencyKey, document: readDocument(input.document) },
        viewer,
      ),
  }),
)
