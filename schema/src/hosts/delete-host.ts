import {
  HostAttachedError,
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { ChangedHost } from '@flotilla/core/ports/host-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { host } from './host.ts'

const deleteHostInput = builder.inputType('DeleteHostInput', {
  description: 'Which host to delete.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the host.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const deleteHostPayload = builder.objectRef<ChangedHost>('DeleteHostPayload').implement({
  description: 'The host is deleted.',
  fields: (t) => ({
    host: t.expose('host', { type: host, description: 'The host as it was last.' }),
    operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
  }),
})

builder.mutationField('deleteHost', (t) =>
  t.field({
    type: deleteHostPayload,
    description:
      'Deletes a host; refused with their list while volumes are attached to it. One that was deleted before is a success.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        HostAttachedError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DeleteHostResult', description: 'Outcome of `deleteHost`.' },
    },
    args: { input: t.arg({ type: deleteHostInput, required: true, description: 'The host.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.deleteHost(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Host', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
