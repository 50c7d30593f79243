import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NoFeasibleClusterError,
  NotFoundError,
  OverloadedError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { placementDecision } from '../placement/placement-decision.ts'
import { volume } from './volume.ts'
import { readSource, volumeSourceInput } from './volume-source.ts'

const createVolumeInput = builder.inputType('CreateVolumeInput', {
  description: 'What volume is needed. The policy decides where it goes.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description:
        'Chosen by the caller: the same key and input answers with the original operation, so a request may be repeated safely.',
    }),
    name: t.string({ required: true, description: 'Unique in its project among volumes that exist.' }),
    project: t.string({
      required: true,
      defaultValue: 'default',
      description: 'The tenant that owns it.',
    }),
    policy: t.string({
      required: true,
      defaultValue: DEFAULT_POLICY_NAME,
      description: 'Name of the policy that decides.',
    }),
    group: t.string({
      description: 'Volumes of one group and project are kept apart as the policy says.',
    }),
    sizeBytes: t.field({
      type: 'Bytes',
      description:
        'Logical size in bytes, more than 0 and at most 1 EiB; with a source that of the source when absent, and not less.',
    }),
    source: t.field({
      type: volumeSourceInput,
      description: 'What it begins as a copy of; an empty volume when absent.',
    }),
    replicas: t.int({ description: "Copies to keep, 1 to 3; the policy's default when absent." }),
    compression: t.boolean({
      description: "Whether the cluster shall compress it; the policy's default when absent.",
    }),
    qosPolicy: t.string({
      description:
        "Name of a QoS policy on the clusters; the policy's default when absent. A cluster without it refuses the volume, which then goes to another; where none has it, the volume is FAILED with UNKNOWN_QOS_POLICY.",
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels, each key once.',
    }),
  }),
})

const createVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation; decision: PlacementDecision }>('CreateVolumePayload')
  .implement({
    description: 'The volume has its place, and its bytes are reserved there; a worker creates it next.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The new volume, CREATING.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has created it.',
      }),
      decision: t.expose('decision', { type: placementDecision, description: 'Why it goes there.' }),
    }),
  })

builder.mutationField('createVolume', (t) =>
  t.field({
    type: createVolumePayload,
    description:
      'Creates a volume on the cluster with the lowest provisioned ratio after placing it, of those that the policy allows; a clone on the cluster of its source.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        NoFeasibleClusterError,
        NameTakenError,
        IdempotencyConflictError,
        OverloadedError,
      ],
      union: { name: 'CreateVolumeResult', description: 'Outcome of `createVolume`.' },
    },
    args: { input: t.arg({ type: createVolumeInput, required: true, description: 'The volume.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.createVolume(
        {
          ...input,
          group: input.group ?? undefined,
          sizeBytes: input.sizeBytes ?? undefined,
          source: readSource(input.source, 'input.source'),
          replicas: input.replicas ?? undefined,
          compression: input.compression ?? undefined,
          qosPolicy: input.qosPolicy ?? undefined,
          labels: readLabels(input.labels),
        },
        viewer,
      ),
  }),
)
