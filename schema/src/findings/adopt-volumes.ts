import { IdempotencyConflictError, InvalidInputError } from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { AdoptionOutcome } from '@flotilla/core/ports/finding-store'
import { builder } from '../builder.ts'
import { errorCode } from '../errors/domain-errors.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { volume } from '../volumes/volume.ts'
import { finding } from './finding.ts'

const adoptVolumeItem = builder.inputType('AdoptVolumeItem', {
  description: 'One foreign volume to adopt.',
  fields: (t) => ({
    findingId: t.id({ required: true, description: 'Id of the finding that tells of it.' }),
    name: t.string({
      description:
        'Name of ours, unique in the project. Absent: its name on the cluster, made valid, and told apart where it is taken.',
    }),
    labels: t.field({ type: [labelInput], description: 'Labels of ours, each key once; absent: none.' }),
  }),
})

const adoptVolumesInput = builder.inputType('AdoptVolumesInput', {
  description: 'Which foreign volumes to take under management.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the original outcome.',
    }),
    project: t.string({
      required: true,
      defaultValue: 'default',
      description: 'The tenant that will own them.',
    }),
    policy: t.string({
      required: true,
      defaultValue: 'default',
      description: 'Name of the policy that decides about them from now on.',
    }),
    items: t.field({ type: [adoptVolumeItem], required: true, description: '1 to 1000 volumes.' }),
  }),
})

const itemRefusal = builder.objectRef<NonNullable<AdoptionOutcome['refusal']>>('AdoptionRefusal').implement({
  description: 'Why one volume was not adopted.',
  fields: (t) => ({
    code: t.expose('code', { type: errorCode, description: 'The cause, for programs.' }),
    message: t.exposeString('message', { description: 'The cause, for people.' }),
  }),
})

const volumeAdoption = builder.objectRef<AdoptionOutcome>('VolumeAdoption').implement({
  description: 'What became of one item: a volume, or a refusal.',
  fields: (t) => ({
    findingId: t.exposeID('findingId', { description: 'Id of the finding, as it was given.' }),
    finding: t.field({
      type: finding,
      nullable: true,
      description: 'The finding; null when there is none.',
      resolve: ({ findingId }, _args, { loaders }) => loaders.finding.load(findingId),
    }),
    volume: t.field({
      type: volume,
      nullable: true,
      description: 'The volume; null when it was refused.',
      resolve: ({ volumeId }, _args, { loaders }) => volumeId && loaders.volume.load(volumeId),
    }),
    refusal: t.expose('refusal', {
      type: itemRefusal,
      nullable: true,
      description: 'Why not; null when it was adopted.',
    }),
  }),
})

interface Adopted {
  readonly outcomes: readonly AdoptionOutcome[]
  readonly operation: Operation
}

const adoptVolumesPayload = builder.objectRef<Adopted>('AdoptVolumesPayload').implement({
  description: 'What could be adopted is ours; nothing on a cluster was touched.',
  fields: (t) => ({
    results: t.expose('outcomes', { type: [volumeAdoption], description: 'One for each item, in order.' }),
    adoptedCount: t.int({
      description: 'How many were adopted.',
      resolve: ({ outcomes }) => outcomes.filter(({ volumeId }) => volumeId !== null).length,
    }),
    refusedCount: t.int({
      description: 'How many were not.',
      resolve: ({ outcomes }) => outcomes.filter(({ volumeId }) => volumeId === null).length,
    }),
    operation: t.expose('operation', {
      type: operation,
      description: 'The whole request, which has ended: SUCCEEDED, PARTIAL or FAILED, by its items.',
    }),
  }),
})

builder.mutationField('adoptVolumes', (t) =>
  t.field({
    type: adoptVolumesPayload,
    description:
      'Takes volumes that clusters have already under management, as they are: size, replicas, compression and their names there are kept. Each item has an outcome of its own.',
    errors: {
      types: [InvalidInputError, IdempotencyConflictError],
      union: { name: 'AdoptVolumesResult', description: 'Outcome of `adoptVolumes`.' },
    },
    args: { input: t.arg({ type: adoptVolumesInput, required: true, description: 'The volumes.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.adoptVolumes(
        {
          idempotencyKey: input.idempotencyKey,
          project: input.project,
          policy: input.policy,
          items: input.items.map(({ findingId, name, labels }, index) => ({
            findingId: readId('Finding', findingId, `input.items.${index}.findingId`),
            name: name ?? undefined,
            labels: labels ? readLabels(labels) : undefined,
          })),
        },
        viewer,
      ),
  }),
)
