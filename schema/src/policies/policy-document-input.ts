import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import { builder } from '../builder.ts'
import { driftRule, labelOperator, ranking, spreadMode } from './policy-enums.ts'

const labelRequirementInput = builder.inputType('LabelRequirementInput', {
  description: 'What a label of a cluster has to be.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Key of the label.' }),
    operator: t.field({ type: labelOperator, required: true, description: 'What is asked of it.' }),
    values: t.stringList({ description: 'For IN and NOT_IN, at least one; for the others none.' }),
  }),
})

const labelPreferenceInput = builder.inputType('LabelPreferenceInput', {
  description: 'What a label of a cluster should rather be.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Key of the label.' }),
    operator: t.field({ type: labelOperator, required: true, description: 'What is asked of it.' }),
    values: t.stringList({ description: 'For IN and NOT_IN, at least one; for the others none.' }),
    weight: t.field({
      type: 'Decimal',
      required: true,
      description: 'What a match is worth in units of the ratio that ranks, "0" to "1".',
    }),
  }),
})

const spreadRuleInput = builder.inputType('SpreadRuleInput', {
  description: 'How volumes of one group are kept apart.',
  fields: (t) => ({
    label: t.string({ required: true, description: 'Key of a label, or `cluster` for the cluster itself.' }),
    mode: t.field({ type: spreadMode, required: true, description: 'How strictly.' }),
    maxPerValue: t.int({
      description:
        'Members of a group that one value of the label may have. Absent: 1 for ANTI_AFFINITY, else any.',
    }),
  }),
})

const provisionedRatioLimitInput = builder.inputType('ProvisionedRatioLimitInput', {
  description: 'Up to which provisioned ratio a cluster qualifies.',
  fields: (t) => ({
    create: t.field({ type: 'Decimal', description: 'For new volumes; "1.5" when absent.' }),
    resize: t.field({
      type: 'Decimal',
      description: 'For growth, at least that for create; "1.75" when absent.',
    }),
  }),
})

const policyLimitsInput = builder.inputType('PolicyLimitsInput', {
  description: 'Up to where clusters qualify.',
  fields: (t) => ({
    maxProvisionedRatio: t.field({
      type: provisionedRatioLimitInput,
      description: '(provisioned + pending + size x replicas) / effective, at most.',
    }),
    minFreeRatio: t.field({
      type: 'Decimal',
      description: 'Share that has to stay physically free, "0" to "1"; "0.1" when absent.',
    }),
    expectedUseRatio: t.field({
      type: 'Decimal',
      description:
        'Share of a new volume that is expected to be written soon, "0" to "1"; "0.25" when absent.',
    }),
    maxObservationAgeMs: t.int({
      description: 'Figures older than this do not count, in ms; 45000 when absent.',
    }),
    allowDegraded: t.boolean({
      description: 'Whether clusters that report a warning qualify; true when absent.',
    }),
    maxVolumeSize: t.field({ type: 'Bytes', description: 'Largest logical size of a volume; absent: any.' }),
    maxVolumesPerCluster: t.int({
      description: 'Volumes that one cluster may hold, ours or not; absent: any.',
    }),
  }),
})

const shareRuleInput = builder.inputType('ShareRuleInput', {
  description: 'How much of the recent placements one cluster may take before it yields to others.',
  fields: (t) => ({
    cap: t.field({ type: 'Decimal', required: true, description: 'Share, up to "1".' }),
    windowMs: t.int({ required: true, description: 'How far back placements count, in ms.' }),
    rampMs: t.float({
      description:
        'A cluster that joined less than this ago has a cap scaled by its age, in ms; 0 when absent.',
    }),
  }),
})

const volumeDefaultsInput = builder.inputType('VolumeDefaultsInput', {
  description: 'What new volumes get when the request does not say.',
  fields: (t) => ({
    replicas: t.int({ description: '1 to 3; 2 when absent.' }),
    compression: t.boolean({ description: 'False when absent.' }),
    qosPolicy: t.string({ description: 'Name of a QoS policy of the clusters; absent: none.' }),
  }),
})

export const policyDocumentInput = builder.inputType('PolicyDocumentInput', {
  description: 'A whole policy. What is absent or null has its default.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 63 lower-case letters, digits or "-".' }),
    description: t.string({ description: 'For people.' }),
    require: t.field({ type: [labelRequirementInput], description: 'What the labels of a cluster must be.' }),
    prefer: t.field({ type: [labelPreferenceInput], description: 'What the labels should rather be.' }),
    spread: t.field({
      type: spreadRuleInput,
      description: 'How groups are kept apart; absent: they are not.',
    }),
    limits: t.field({ type: policyLimitsInput, description: 'Up to where clusters qualify.' }),
    ranking: t.field({ type: ranking, description: 'What ranks them; LOWEST_PROJECTED_RATIO when absent.' }),
    share: t.field({
      type: shareRuleInput,
      description: 'How recent placements are shared; absent: freely.',
    }),
    drift: t.field({
      type: driftRule,
      description: 'What is done about volumes that were changed behind our back; REPORT when absent.',
    }),
    defaults: t.field({ type: volumeDefaultsInput, description: 'For what requests do not say.' }),
  }),
})

/** The document as files have it: nothing where GraphQL has null, sizes as text. */
export function readDocument(input: typeof policyDocumentInput.$inferInput): PolicyDocument {
  return withoutNulls(input) as PolicyDocument
}

function withoutNulls(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (value === null || typeof value !== 'object') return value
  const given = Object.entries(value).filter(([, each]) => each !== null && each !== undefined)
  return Object.fromEntries(given.map(([key, each]) => [key, withoutNulls(each)]))
}
