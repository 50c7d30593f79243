import { InvalidInputError } from '@flotilla/core/errors'
import {
  MAX_GROWTH_STEPS,
  MAX_TRIED,
  MAX_TRIED_OVERALL,
  type WhatIfReport,
} from '@flotilla/core/ports/placement-trials'
import { builder } from '../builder.ts'
import { policyDocumentInput, readDocument } from '../policies/policy-document-input.ts'
import { ADDED_CLUSTERS, addedClusterInput, readAddedClusters, readClusterIds } from './trial-inputs.ts'
import { whatIfStage } from './what-if-stage.ts'

const fleetGrowthInput = builder.inputType('FleetGrowthInput', {
  description: 'Growth of everything that is there: what is promised and what is written, on every cluster.',
  fields: (t) => ({
    ratePerStep: t.field({
      type: 'Decimal',
      required: true,
      description: 'Part by which it grows in each step, "0" to "10": "0.05" for a twentieth.',
    }),
    steps: t.int({ required: true, description: `How many steps, 1 to ${MAX_GROWTH_STEPS}.` }),
  }),
})

const onboardedVolumesInput = builder.inputType('OnboardedVolumesInput', {
  description: 'Volumes, all alike, that are asked for one after the other.',
  fields: (t) => ({
    count: t.int({ required: true, description: `How many, 1 to ${MAX_TRIED}.` }),
    sizeBytes: t.field({
      type: 'Bytes',
      required: true,
      description: 'Logical size of each, in bytes.',
    }),
    replicas: t.int({ description: "Copies of each, 1 to 3; the policy's default when absent." }),
    project: t.string({
      required: true,
      defaultValue: 'default',
      description: 'The tenant that would own them.',
    }),
    group: t.string({ description: 'Volumes of one group and project are kept apart as the policy says.' }),
  }),
})

const whatIfPlacementInput = builder.inputType('WhatIfPlacementInput', {
  description:
    'What might happen to the fleet: first clusters join and go, then everything grows. In each stage the volumes are asked for anew.',
  fields: (t) => ({
    policy: t.string({
      description:
        'Name of the policy that decides about every volume. Absent, and without a document: the default one about those that are onboarded, and of clusters that go each by its own.',
    }),
    document: t.field({
      type: policyDocumentInput,
      description: 'A policy that is not stored, instead of a name.',
    }),
    addClusters: t.field({
      type: [addedClusterInput],
      required: true,
      defaultValue: [],
      description: `Clusters that join. ${ADDED_CLUSTERS}`,
    }),
    loseClusters: t.idList({
      required: true,
      defaultValue: [],
      description: 'Ids of clusters that go. Our volumes there are placed again before anything else.',
    }),
    growth: t.field({ type: fleetGrowthInput, description: 'Absent: nothing grows.' }),
    onboard: t.field({
      type: [onboardedVolumesInput],
      required: true,
      defaultValue: [],
      description: `Volumes that are asked for, at most ${MAX_TRIED} with those of clusters that go, and ${MAX_TRIED_OVERALL} over all stages.`,
    }),
  }),
})

const whatIfPlacementPayload = builder.objectRef<WhatIfReport>('WhatIfPlacementPayload').implement({
  description:
    'What the real placer does on copies of the fleet. Nothing is reserved, and time stands still.',
  fields: (t) => ({
    seenAt: t.expose('seenAt', { type: 'DateTime', description: 'When the fleet was read.' }),
    policyName: t.exposeString('policyName', {
      description:
        'Name of the policy that decided about what is onboarded, and whose limits are told in the stages.',
    }),
    policyRevision: t.exposeInt('policyRevision', {
      nullable: true,
      description: 'Revision of that policy; null for a document that came with the input.',
    }),
    displacedCount: t.exposeInt('displacedCount', {
      description: 'Volumes of clusters that go; placed again, oldest first, in every stage but the first.',
    }),
    stages: t.field({
      type: [whatIfStage],
      description:
        'The fleet as it is, then with its clusters changed where any are, then after each step of growth.',
      // Weighed by the field itself, which knows how many there will be.
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ stages, clusterNames: names }) => stages.map((stage) => ({ ...stage, names })),
    }),
  }),
})

builder.queryField('whatIfPlacement', (t) =>
  t.field({
    type: whatIfPlacementPayload,
    description:
      'How the present fleet would fare with other clusters, with growth and with more volumes: which limits are crossed when, and which requests begin to fail.',
    errors: {
      types: [InvalidInputError],
      union: { name: 'WhatIfPlacementResult', description: 'Outcome of `whatIfPlacement`.' },
    },
    args: {
      input: t.arg({ type: whatIfPlacementInput, required: true, description: 'What might happen.' }),
    },
    complexity: ({ input: { growth } }) => ({ field: 1, multiplier: 2 + Math.max(0, growth?.steps ?? 0) }),
    resolve: (_root, { input }, { trials }) =>
      trials.whatIf({
        policy: input.policy ?? undefined,
        document: input.document ? readDocument(input.document) : undefined,
        addClusters: readAddedClusters(input.addClusters),
        loseClusters: readClusterIds(input.loseClusters, 'loseClusters'),
        growth: input.growth ?? undefined,
        onboard: input.onboard.map(({ replicas, group, ...volumes }) => ({
          ...volumes,
          replicas: replicas ?? undefined,
          group: group ?? undefined,
        })),
      }),
  }),
)
