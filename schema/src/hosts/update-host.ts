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
import { optionalKey } from '../operations/optional-key.ts'
import { host } from './host.ts'

const updateHostInput = builder.inputType('UpdateHostInput', {
  description: 'What to change of a host. Fields that are absent stay as they are.',
  fields: (t) => ({
    ...optionalKey(t),
    id: t.id({ required: true, description: 'Id of the host.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    name: t.string({ description: 'For people; null takes it away.' }),
    addresses: t.stringList({
      description:
        'All IP addresses that it connects from, at most 16; empty for any. Only while no volume is attached, because clusters were told the present ones.',
    }),
  }),
})

const updateHostPayload = builder.objectRef<ChangedHost>('UpdateHostPayload').implement({
  description: 'The change is stored.',
  fields: (t) => ({
    host: t.expose('host', { type: host, description: 'The host.' }),
    operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
  }),
})

builder.mutationField('updateHost', (t) =>
  t.field({
    type: updateHostPayload,
    description: 'Changes the name or the addresses of a host. Its NQN is who it is, and stays.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        HostAttachedError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'UpdateHostResult', description: 'Outcome of `updateHost`.' },
    },
    args: { input: t.arg({ type: updateHostInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updateHost(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          id: readId('Host', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          name: input.name,
          addresses: input.addresses ?? undefined,
        },
        viewer,
      ),
  }),
)
