import { InvalidInputError, NotFoundError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import { moveSteps } from '@flotilla/core/moves/move-steps'
import type { DrainMove } from '@flotilla/core/moves/plan-drain'
import { type DrainPlanReport, MAX_PLANNED } from '@flotilla/core/ports/fleet-moves'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { refusalReason } from '../placement/refusal-reason.ts'
import { toTrialCluster, trialCluster } from '../placement/trial-cluster.ts'
import { moveStep } from './move-step.ts'
import { movedVolume } from './moved-volume.ts'

interface NamedMove {
  readonly move: DrainMove
  readonly names: ReadonlyMap<ClusterId, string>
  readonly plannedAt: Date
}

const drainMove = builder.objectRef<NamedMove>('DrainMove').implement({
  description: 'Where one volume of a drained cluster would go.',
  fields: (t) => ({
    number: t.int({
      description: 'Its place in the order, from 1; the largest go first.',
      resolve: ({ move }) => move.number,
    }),
    volume: t.field({ type: movedVolume, description: 'The volume.', resolve: ({ move }) => move.volume }),
    target: t.field({
      type: trialCluster,
      nullable: true,
      description:
        'Where the placer puts it after those before it; null when no cluster would take it. Where clusters are alike, a new volume may go to another of them.',
      resolve: ({ move: { targetId }, names }) => targetId && toTrialCluster(targetId, names),
    }),
    reasons: t.field({
      type: [refusalReason],
      description: 'Why no cluster would take it; none when one would.',
      resolve: ({ move }) => move.reasons,
    }),
    steps: t.field({
      type: [moveStep],
      description: 'How to move it when nothing is in its way; none when no cluster would take it.',
      resolve: ({ move: { volume, targetId }, names, plannedAt }) =>
        targetId ? moveSteps(volume, names.get(targetId) ?? targetId, plannedAt) : [],
    }),
  }),
})

const drainMoveConnection = builder.connectionObject(
  { type: drainMove, name: 'DrainMoveConnection', description: 'A page of the moves of a drain plan.' },
  { name: 'DrainMoveEdge', description: 'A move and its position in the plan.' },
)

type Report = DrainPlanReport & { readonly request: ReturnType<typeof readPage> }

const drainPlanPayload = builder.objectRef<Report>('DrainPlanPayload').implement({
  description:
    'What emptying a cluster would come to, by the real placer on a copy of the fleet. Nothing is reserved, and nothing is moved by itself.',
  fields: (t) => ({
    cluster: t.field({
      type: trialCluster,
      description: 'The cluster that would be emptied.',
      resolve: ({ clusterId, clusterNames: names }) => toTrialCluster(clusterId, names),
    }),
    seenAt: t.expose('seenAt', { type: 'DateTime', description: 'When the fleet was read.' }),
    fits: t.boolean({
      description: 'Whether every volume that the plan looks at finds another place.',
      resolve: ({ unplacedCount }) => unplacedCount === 0,
    }),
    isPartial: t.exposeBoolean('isPartial', {
      description: `Whether more volumes are there than a plan looks at, ${MAX_PLANNED}; it takes the largest.`,
    }),
    volumeCount: t.exposeInt('volumeCount', { description: 'Volumes of the plan.' }),
    promisedBytes: t.expose('bytes', { type: 'Bytes', description: 'Their size x replicas, in bytes.' }),
    copyBytes: t.expose('copyBytes', {
      type: 'Bytes',
      description: 'Their logical sizes, in bytes: what hosts have to copy, as clusters cannot.',
    }),
    blockedCount: t.exposeInt('blockedCount', { description: 'Volumes that cannot be moved as they are.' }),
    unplacedCount: t.exposeInt('unplacedCount', { description: 'Volumes that no cluster would take.' }),
    moves: t.field({
      type: drainMoveConnection,
      description: 'The page of volumes that was asked for, in order.',
      resolve: ({ moves, clusterNames: names, seenAt: plannedAt, request }) =>
        toConnection({ ...moves, items: moves.items.map((move) => ({ move, names, plannedAt })) }, request),
    }),
  }),
})

builder.queryField('drainPlan', (t) =>
  t.field({
    type: drainPlanPayload,
    description:
      'Where each volume of a cluster would go, in which order, whether all of it fits, and what stands in the way.',
    errors: {
      types: [InvalidInputError, NotFoundError],
      union: { name: 'DrainPlanResult', description: 'Outcome of `drainPlan`.' },
    },
    args: {
      clusterId: t.arg.id({ required: true, description: 'Id of the cluster.' }),
      ...pageArgs,
    },
    complexity: pageComplexity,
    resolve: async (_root, { clusterId, first, after }, { moves }) => {
      const request = readPage({ first, after }, { field: 'NUMBER', direction: 'ASC' })
      const report = await moves.drainPlan({
        clusterId: readId('Cluster', clusterId, 'clusterId'),
        first: request.first,
        after: request.after,
      })
      return { ...report, request }
    },
  }),
)
