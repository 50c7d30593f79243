import { IdempotencyConflictError, InvalidInputError, NotFoundError } from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { policy } from './policy.ts'

const setShadowPolicyInput = builder.inputType('SetShadowPolicyInput', {
  description: 'What shall decide beside a policy.',
  fields: (t) => ({
    ...optionalKey(t),
    policy: t.string({ required: true, description: 'Name of the policy that decides.' }),
    shadow: t.string({ description: 'Name of another policy; null or absent for none.' }),
  }),
})

const setShadowPolicyPayload = builder
  .objectRef<{ policy: StoredPolicy; operation: Operation }>('SetShadowPolicyPayload')
  .implement({
    description: 'From the next placement on the shadow decides as well.',
    fields: (t) => ({
      policy: t.expose('policy', { type: policy, description: 'The policy that decides.' }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('setShadowPolicy', (t) =>
  t.field({
    type: setShadowPolicyPayload,
    description:
      'Lets a second policy decide beside one that is in use, to see what it would change, or ends that. Placements are ' +
      'neither changed nor delayed. Safe to repeat: setting what is set already changes nothing; another shadow starts ' +
      'its counters at zero.',
    errors: {
      types: [NotFoundError, InvalidInputError, IdempotencyConflictError],
      union: { name: 'SetShadowPolicyResult', description: 'Outcome of `setShadowPolicy`.' },
    },
    args: { input: t.arg({ type: setShadowPolicyInput, required: true, description: 'The two policies.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.setShadowPolicy(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          policy: input.policy,
          shadow: input.shadow ?? null,
        },
        viewer,
      ),
  }),
)
