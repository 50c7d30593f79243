import type { ChangedPolicy } from '@flotilla/core/ports/policy-store'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { policy } from './policy.ts'

/** What a mutation of a policy that stays answers with. @param says what there is to know of each */
export function policyPayload(
  name: `${string}Payload`,
  says: { readonly description: string; readonly policy: string },
) {
  return builder.objectRef<ChangedPolicy>(name).implement({
    description: says.description,
    fields: (t) => ({
      policy: t.expose('policy', { type: policy, description: says.policy }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })
}
