import { InvalidInputError } from '@flotilla/core/errors'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import { MAX_PREVIEWED } from '@flotilla/core/ports/fleet-commands'
import type { PlacementPreview, PreviewedPlacement } from '@flotilla/core/ports/placement-ledger'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { ALL_VERDICTS } from '../paging/weights.ts'
import { readSource, volumeSourceInput } from '../volumes/volume-source.ts'
import { candidateVerdict } from './candidate-verdict.ts'
import { placementSummary } from './placement-summary.ts'

/** `previewPlacement` counts all below it as many times as there are requests; what is there once adds nothing. */
const ONCE = 0

const previewPlacementInput = builder.inputType('PreviewPlacementInput', {
  description: 'A volume that could be asked for.',
  fields: (t) => ({
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'Logical size, in bytes; that of the source when absent.',
    }),
    source: t.field({ type: volumeSourceInput, description: 'What it would begin as a copy of.' }),
    replicas: t.int({ description: "Copies, 1 to 3; the policy's default when absent." }),
    project: t.string({
      required: true,
      defaultValue: 'default',
      description: 'The tenant that would own it.',
    }),
    group: t.string({ description: 'Volumes of one group and project are kept apart as the policy says.' }),
  }),
})

const previewedPlacement = builder.objectRef<PreviewedPlacement>('PreviewedPlacement').implement({
  description: 'Where one of the volumes would go, and why.',
  fields: (t) => ({
    sizeBytes: t.expose('sizeBytes', { type: 'Bytes', description: 'Logical size asked for, in bytes.' }),
    replicas: t.exposeInt('replicas', { description: 'Copies asked for.' }),
    requestedBytes: t.field({
      type: 'Bytes',
      description: 'What it takes on a cluster: size x replicas, in bytes.',
      resolve: (placement) => requestedBytes(placement),
    }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: 'The cluster that would be chosen; null when none qualifies.',
      resolve: ({ outcome: { clusterId } }, _args, { loaders }) =>
        clusterId && loaders.cluster.load(clusterId),
    }),
    summary: t.field({
      type: placementSummary,
      description: 'Why, in a few figures: for many placements at once.',
      complexity: 0,
      resolve: async ({ outcome }, _args, { pause }) => {
        await pause()
        return outcome.summary
      },
    }),
    verdicts: t.field({
      type: [candidateVerdict],
      description:
        'Every cluster: the chosen one first, then by rank, then the rejected ones by name. For a few placements at once; `summary` for more.',
      complexity: ALL_VERDICTS,
      resolve: async ({ outcome }, _args, { pause }) => {
        await pause()
        return outcome.verdicts
      },
    }),
  }),
})

const previewPlacementPayload = builder.objectRef<PlacementPreview>('PreviewPlacementPayload').implement({
  description: 'What placement would decide now. Nothing is reserved: the next real request may change it.',
  fields: (t) => ({
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      description: 'When it was decided.',
      complexity: ONCE,
    }),
    policyName: t.exposeString('policyName', {
      description: 'Name of the policy that decided.',
      complexity: ONCE,
    }),
    policyRevision: t.exposeInt('policyRevision', {
      description: 'Revision of that policy.',
      complexity: ONCE,
    }),
    placed: t.int({
      description: 'Requests that would find a cluster.',
      complexity: ONCE,
      resolve: ({ placements }) => placements.filter(isPlaced).length,
    }),
    refused: t.int({
      description: 'Requests that would find none.',
      complexity: ONCE,
      resolve: ({ placements }) => placements.filter((each) => !isPlaced(each)).length,
    }),
    placements: t.expose('placements', {
      type: [previewedPlacement],
      description: 'One for each request, in the same order.',
      // Weighed by `previewPlacement`, which knows how many there are.
      complexity: { field: 0, multiplier: 1 },
    }),
  }),
})

function isPlaced({ outcome }: PreviewedPlacement): boolean {
  return outcome.clusterId !== null
}

builder.queryField('previewPlacement', (t) =>
  t.field({
    type: previewPlacementPayload,
    description:
      "A dry run on the code of the real thing, each request deducted from what the next one sees. Until the first tie (`summary.isTie`) it names the clusters that the same requests would get now. In a tie the volume's id decides, which only a real request has: it may get another of the clusters that are as good, and those may then change places in what follows.",
    errors: {
      types: [InvalidInputError],
      union: { name: 'PreviewPlacementResult', description: 'Outcome of `previewPlacement`.' },
    },
    args: {
      input: t.arg({
        type: [previewPlacementInput],
        required: true,
        description: `The volumes, 1 to ${MAX_PREVIEWED}.`,
      }),
      policy: t.arg.string({
        required: true,
        defaultValue: DEFAULT_POLICY_NAME,
        description: 'Name of the policy that decides.',
      }),
    },
    // More than are allowed are refused with their path, not for what they would cost.
    complexity: ({ input }) => ({ field: 1, multiplier: Math.min(input.length, MAX_PREVIEWED) }),
    resolve: (_root, { input, policy }, { commands }) =>
      commands.previewPlacement(
        policy,
        input.map(({ replicas, group, sizeBytes, source, ...request }, index) => ({
          ...request,
          replicas: replicas ?? undefined,
          group: group ?? undefined,
          sizeBytes: sizeBytes ?? undefined,
          source: readSource(source, `input.${index}.source`),
        })),
      ),
  }),
)
