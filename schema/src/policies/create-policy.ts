import { IdempotencyConflictError, InvalidInputError, NameTakenError } from '@flotilla/core/errors'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import { builder } from '../builder.ts'
import { policy } from './policy.ts'
import { policyDocumentInput, readDocument } from './policy-document-input.ts'

const createPolicyInput = builder.inputType('CreatePolicyInput', {
  description: 'A new policy.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description:
        'Chosen by the caller: the same key and input answers with the revision that was made then, whatever became of the policy since.',
    }),
    document: t.field({ type: policyDocumentInput, required: true, description: 'The whole policy.' }),
  }),
})

const createPolicyPayload = builder.objectRef<{ policy: StoredPolicy }>('CreatePolicyPayload').implement({
  description: 'The policy is stored and may be used.',
  fields: (t) => ({
    policy: t.expose('policy', { type: policy, description: 'The policy in its first revision.' }),
  }),
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
