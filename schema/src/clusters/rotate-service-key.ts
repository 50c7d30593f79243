import { IdempotencyConflictError, InvalidInputError, InvalidStateError } from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { requiredKey } from '../operations/required-key.ts'
import { serviceKeyPayload } from './service-key-payload.ts'

const rotateServiceKeyInput = builder.inputType('RotateServiceKeyInput', {
  description: 'That there shall be another key.',
  fields: requiredKey,
})

const rotateServiceKeyPayload = serviceKeyPayload('RotateServiceKeyPayload', {
  description: 'The new key is in use beside the former one.',
  serviceCredential: 'The keys as they are now: the one to import, and the former one.',
})

builder.mutationField('rotateServiceKey', (t) =>
  t.field({
    type: rotateServiceKeyPayload,
    authScopes: { role: 'ADMIN' },
    description:
      'Makes the next key that we sign with. Needs the role ADMIN. In this order: rotate, import the new key on each cluster that is registered with `credential: {keyPair: true}`, retire the old one with `retireServiceKey`, delete it on the clusters. A cluster without the new key goes on with the old one; once the new one is imported there, it is used within minutes, or as soon as the old one is not accepted. Refused while two keys are in use.',
    errors: {
      types: [InvalidInputError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'RotateServiceKeyResult', description: 'Outcome of `rotateServiceKey`.' },
    },
    args: { input: t.arg({ type: rotateServiceKeyInput, required: true, description: 'The request.' }) },
    resolve: (_root, { input }, { commands, viewer }) => commands.rotateServiceKey(input, viewer),
  }),
)
