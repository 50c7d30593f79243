import { IdempotencyConflictError, InvalidInputError, NameTakenError } from '@flotilla/core/errors'
import type { ChangedHost } from '@flotilla/core/ports/host-store'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { host } from './host.ts'

const registerHostInput = builder.inputType('RegisterHostInput', {
  description: 'Which machine is to attach volumes.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the host made then.',
    }),
    nqn: t.string({
      required: true,
      description:
        'Its NVMe host NQN, as in its `/etc/nvme/hostnqn`: `nqn.YYYY-MM.REVERSE.DOMAIN:NAME` or `nqn.2014-08.org.nvmexpress:uuid:UUID`, at most 223 characters.',
    }),
    name: t.string({ description: 'For people.' }),
    addresses: t.stringList({
      required: true,
      defaultValue: [],
      description:
        'IP addresses that it connects from, at most 16; clusters then admit it from these only. Empty: from anywhere.',
    }),
  }),
})

const registerHostPayload = builder.objectRef<ChangedHost>('RegisterHostPayload').implement({
  description: 'The host is registered; no cluster knows of it before a volume is attached.',
  fields: (t) => ({
    host: t.expose('host', { type: host, description: 'The host.' }),
    operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
  }),
})

builder.mutationField('registerHost', (t) =>
  t.field({
    type: registerHostPayload,
    description: 'Registers a host, so that volumes can be attached to it.',
    errors: {
      types: [InvalidInputError, NameTakenError, IdempotencyConflictError],
      union: { name: 'RegisterHostResult', description: 'Outcome of `registerHost`.' },
    },
    args: { input: t.arg({ type: registerHostInput, required: true, description: 'The host.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.registerHost({ ...input, name: input.name ?? undefined }, viewer),
  }),
)
