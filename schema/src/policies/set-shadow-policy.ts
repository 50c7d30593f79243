import { IdempotencyConflictError, InvalidInputError, NotFoundError } from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { policyPayload } from './policy-payload.ts'

const setShadowPolicyInput = builder.inputType('SetShadowPolicyInput', {
  description: 'What shall decide beside a policy.',
  fields: (t) => ({
    ...optionalKey(t),
    policy: t.string({ required: true, description: 'Name of the policy that decides.' }),
    shadow: t.string({ description: 'Name of another policy; null or absent for none.' }),
  }),
})

const setShadowPolicyPayload = policyPayload('SetShadowPolicyPayload', {
  description: 'From the next placement on the shadow decides as well.',
  policy: 'The policy that decides.',
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
