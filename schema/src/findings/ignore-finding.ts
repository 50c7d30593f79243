import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
} from '@flotilla/core/errors'
import type { Finding } from '@flotilla/core/findings/finding'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { finding } from './finding.ts'

const ignoreFindingInput = builder.inputType('IgnoreFindingInput', {
  description: 'Which finding to leave alone, for how long, and why.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input changes nothing more.',
    }),
    id: t.id({ required: true, description: 'Id of the finding.' }),
    until: t.field({
      type: 'DateTime',
      required: true,
      description: 'When it is OPEN again: a time to come, within ten years.',
    }),
    reason: t.string({ required: true, description: 'For its history, 1 to 1000 characters.' }),
  }),
})

const ignoreFindingPayload = builder
  .objectRef<{ finding: Finding; operation: Operation }>('IgnoreFindingPayload')
  .implement({
    description: 'The finding is left alone.',
    fields: (t) => ({
      finding: t.expose('finding', { type: finding, description: 'The finding, IGNORED.' }),
      operation: t.expose('operation', { type: operation, description: 'The request, done.' }),
    }),
  })

builder.mutationField('ignoreFinding', (t) =>
  t.field({
    type: ignoreFindingPayload,
    description: 'Leaves a finding alone until a time. While it is ignored nothing is put back, either.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'IgnoreFindingResult', description: 'Outcome of `ignoreFinding`.' },
    },
    args: { input: t.arg({ type: ignoreFindingInput, required: true, description: 'The finding.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.ignoreFinding({ ...input, id: readId('Finding', input.id, 'input.id') }, viewer),
  }),
)
