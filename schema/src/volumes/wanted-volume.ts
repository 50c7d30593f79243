import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import type { CreateVolumeInput } from '@flotilla/core/ports/create-volume-input'
import type { InputFieldBuilder } from '../input-field-builder.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { readSource, volumeSourceInput } from './volume-source.ts'

/** What volume is needed, whether it is one or one of many. */
export const wantedVolumeFields = (t: InputFieldBuilder) => ({
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
      "Name of a QoS policy on the clusters; the policy's default when absent, and none when null. A cluster without it refuses the volume, which then goes to another; where none has it, the volume is FAILED with UNKNOWN_QOS_POLICY.",
  }),
  labels: t.field({
    type: [labelInput],
    required: true,
    defaultValue: [],
    description: 'Labels, each key once.',
  }),
})

interface WantedVolume {
  readonly name: string
  readonly project: string
  readonly policy: string
  readonly group?: string | null
  readonly sizeBytes?: bigint | null
  readonly source?: Parameters<typeof readSource>[0]
  readonly replicas?: number | null
  readonly compression?: boolean | null
  readonly qosPolicy?: string | null
  readonly labels: readonly { readonly key: string; readonly value: string }[]
}

/** @param path where the volume stands in the arguments: `input`, or `input.volumes.3` */
export function readWantedVolume(
  { name, project, policy, group, sizeBytes, source, replicas, compression, qosPolicy, labels }: WantedVolume,
  path: string,
): Omit<CreateVolumeInput, 'idempotencyKey'> {
  return {
    name,
    project,
    policy,
    group: group ?? undefined,
    sizeBytes: sizeBytes ?? undefined,
    source: readSource(source, `${path}.source`),
    replicas: replicas ?? undefined,
    compression: compression ?? undefined,
    qosPolicy,
    labels: readLabels(labels, [...path.split('.'), 'labels']),
  }
}
