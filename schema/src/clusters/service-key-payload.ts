import type { ChangedServiceCredential } from '@flotilla/core/ports/service-keys'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { serviceCredential } from './service-credential.ts'

/** What a mutation about our own keys answers with. @param says what there is to know of it, and of the keys as they are then */
export function serviceKeyPayload(
  name: `${string}Payload`,
  says: { readonly description: string; readonly serviceCredential: string },
) {
  return builder.objectRef<ChangedServiceCredential>(name).implement({
    description: says.description,
    fields: (t) => ({
      serviceCredential: t.expose('serviceCredential', {
        type: serviceCredential,
        description: says.serviceCredential,
      }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })
}
