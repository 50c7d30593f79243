import type {
  LabelPreference,
  LabelRequirement,
  PlacementPolicy,
  ShareRule,
  SpreadRule,
} from '@flotilla/core/policies/policy'
import { formatRatio } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { labelOperator, spreadMode } from './policy-enums.ts'

export const labelRequirement = builder.objectRef<LabelRequirement>('LabelRequirement').implement({
  description: 'What a label of a cluster has to be.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Key of the label.' }),
    operator: t.expose('operator', { type: labelOperator, description: 'What is asked of it.' }),
    values: t.exposeStringList('values', { description: 'For IN and NOT_IN.' }),
  }),
})

export const labelPreference = builder.objectRef<LabelPreference>('LabelPreference').implement({
  description: 'What a label of a cluster should rather be.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Key of the label.' }),
    operator: t.expose('operator', { type: labelOperator, description: 'What is asked of it.' }),
    values: t.exposeStringList('values', { description: 'For IN and NOT_IN.' }),
    weight: t.field({
      type: 'Decimal',
      description: 'What a match is worth in units of the ratio that ranks.',
      resolve: ({ weight }) => formatRatio(weight),
    }),
  }),
})

export const spreadRule = builder.objectRef<SpreadRule>('SpreadRule').implement({
  description: 'How volumes of one group are kept apart.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'Key of a label, or `cluster` for the cluster itself.' }),
    mode: t.expose('mode', { type: spreadMode, description: 'How strictly.' }),
    maxPerValue: t.exposeInt('maxPerValue', {
      nullable: true,
      description: 'Members of a group that one value of the label may have; null for any number.',
    }),
  }),
})

const provisionedRatioLimit = builder.objectRef<PlacementPolicy>('ProvisionedRatioLimit').implement({
  description: 'Up to which provisioned ratio a cluster qualifies.',
  fields: (t) => ({
    create: t.field({
      type: 'Decimal',
      description: 'For new volumes.',
      resolve: ({ maxProvisionedRatio }) => formatRatio(maxProvisionedRatio),
    }),
    resize: t.field({
      type: 'Decimal',
      description: 'For growth.',
      resolve: ({ maxProvisionedRatioForResize }) => formatRatio(maxProvisionedRatioForResize),
    }),
  }),
})

export const policyLimits = builder.objectRef<PlacementPolicy>('PolicyLimits').implement({
  description: 'Up to where clusters qualify.',
  fields: (t) => ({
    maxProvisionedRatio: t.field({
      type: provisionedRatioLimit,
      description: '(provisioned + pending + size x replicas) / effective, at most.',
      resolve: (policy) => policy,
    }),
    minFreeRatio: t.field({
      type: 'Decimal',
      description: 'Share that has to stay physically free.',
      resolve: ({ minFreeRatio }) => formatRatio(minFreeRatio),
    }),
    expectedUseRatio: t.field({
      type: 'Decimal',
      description: 'Share of a new volume that is expected to be written soon.',
      resolve: ({ expectedUseRatio }) => formatRatio(expectedUseRatio),
    }),
    maxObservationAgeMs: t.exposeInt('maxObservationAgeMs', {
      description: 'Figures older than this do not count, in ms.',
    }),
    allowDegraded: t.exposeBoolean('allowDegraded', {
      description: 'Whether clusters that report a warning qualify.',
    }),
    maxVolumeSizeBytes: t.expose('maxVolumeSizeBytes', {
      type: 'Bytes',
      nullable: true,
      description: 'Largest logical size of a volume, in bytes; null for any.',
    }),
    maxVolumesPerCluster: t.exposeInt('maxVolumesPerCluster', {
      nullable: true,
      description: 'Volumes that one cluster may hold, ours or not; null for any number.',
    }),
  }),
})

export const shareRule = builder.objectRef<ShareRule>('ShareRule').implement({
  description: 'How much of the recent placements one cluster may take before it yields to others.',
  fields: (t) => ({
    cap: t.field({
      type: 'Decimal',
      description: 'The share.',
      resolve: ({ cap }) => formatRatio(cap),
    }),
    windowMs: t.exposeInt('windowMs', { description: 'How far back placements count, in ms.' }),
    rampMs: t.float({
      description: 'A cluster that joined less than this ago has a cap scaled by its age, in ms.',
      resolve: ({ rampMs }) => rampMs,
    }),
  }),
})

export const volumeDefaults = builder.objectRef<PlacementPolicy>('VolumeDefaults').implement({
  description: 'What new volumes get when the request does not say.',
  fields: (t) => ({
    replicas: t.exposeInt('defaultReplicas', { description: 'Copies to keep.' }),
    compression: t.exposeBoolean('defaultCompression', { description: 'Whether they are compressed.' }),
    qosPolicy: t.exposeString('defaultQosPolicy', {
      nullable: true,
      description: 'Name of a QoS policy of the clusters; null for none.',
    }),
  }),
})
