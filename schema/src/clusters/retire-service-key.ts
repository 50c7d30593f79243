import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { requiredKey } from '../operations/required-key.ts'
import { serviceKeyPayload } from './service-key-payload.ts'

const retireServiceKeyInput = builder.inputType('RetireServiceKeyInput', {
  description: 'Which key is not to be signed with any more.',
  fields: (t) => ({
    ...requiredKey(t),
    keyId: t.string({ required: true, description: 'Name of the key; not of the newest.' }),
    force: t.boolean({
      description:
        'True: although clusters were not seen to accept the newest key (`FormerServiceKey.neededBy`).',
    }),
  }),
})

const retireServiceKeyPayload = serviceKeyPayload('RetireServiceKeyPayload', {
  description: 'The private half of the key is destroyed. Its public half stays on record.',
  serviceCredential: 'The key that is left.',
})

builder.mutationField('retireServiceKey', (t) =>
  t.field({
    type: retireServiceKeyPayload,
    authScopes: { role: 'ADMIN' },
    description:
      'Destroys the private half of a former key, for good. Needs the role ADMIN. Import the newest key on each cluster first (see `rotateServiceKey`); refused, naming them, while clusters were not seen to accept it, unless `force` is true: such a cluster becomes UNAUTHORIZED, keeps its figures and its volumes, and recovers by itself when the newest key is imported. Tokens that were signed with it last for a few minutes more. Refused for the newest key. One that was retired before is a success.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'RetireServiceKeyResult', description: 'Outcome of `retireServiceKey`.' },
    },
    args: { input: t.arg({ type: retireServiceKeyInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.retireServiceKey({ ...input, force: input.force ?? undefined }, viewer),
  }),
)
