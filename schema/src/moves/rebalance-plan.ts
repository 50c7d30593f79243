import { InvalidInputError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import { moveSteps } from '@flotilla/core/moves/move-steps'
import type { RebalanceMove } from '@flotilla/core/moves/plan-rebalance'
import { MAX_REBALANCE_MOVES, type RebalanceReport } from '@flotilla/core/ports/fleet-moves'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'
import { fleetBalance } from '../placement/fleet-balance.ts'
import { toTrialCluster, trialCluster } from '../placement/trial-cluster.ts'
import { moveStep } from './move-step.ts'
import { movedVolume } from './moved-volume.ts'

const rebalancePlanInput = builder.inputType('RebalancePlanInput', {
  description:
    'When moves are worth it. Between the two bounds nothing is begun, and what has begun goes on, so that a fleet is not stirred all the time. Nothing is remembered from one plan to the next: `begun` says whether it has.',
  fields: (t) => ({
    startAboveSpread: t.field({
      type: 'Decimal',
      required: true,
      defaultValue: '0.2',
      description:
        'Nothing is proposed while the highest ratio less the lowest is at most this, unless moves have begun.',
    }),
    stopBelowSpread: t.field({
      type: 'Decimal',
      required: true,
      defaultValue: '0.1',
      description: 'Once begun, moves are proposed until it is at most this; less than startAboveSpread.',
    }),
    begun: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'True: moves of an earlier plan were carried out, and this one goes on to stopBelowSpread although startAboveSpread is not passed any more.',
    }),
    maxMoves: t.int({
      required: true,
      defaultValue: 20,
      description: `How many moves at most, 1 to ${MAX_REBALANCE_MOVES}.`,
    }),
  }),
})

const rebalanceOutcome = builder.enumType('RebalanceOutcome', {
  description: 'Why a plan ends where it does.',
  values: {
    WITHIN_BOUNDS: {
      description:
        'The spread is not above the upper bound, or the lower one where moves have begun; nothing is proposed.',
    },
    BALANCED: { description: 'The moves bring the spread to the lower bound or below.' },
    MOVES_SPENT: { description: 'The number of moves is reached first.' },
    NOTHING_HELPS: { description: 'No further move of what can be moved makes it better within the limits.' },
  },
})

interface NamedMove {
  readonly move: RebalanceMove
  readonly names: ReadonlyMap<ClusterId, string>
  readonly plannedAt: Date
}

const rebalanceMove = builder.objectRef<NamedMove>('RebalanceMove').implement({
  description: 'One proposed move. It counts on those before it.',
  fields: (t) => ({
    number: t.int({
      description: 'Its place in the order, from 1.',
      resolve: ({ move }) => move.number,
    }),
    volume: t.field({ type: movedVolume, description: 'The volume.', resolve: ({ move }) => move.volume }),
    source: t.field({
      type: trialCluster,
      description: 'Where it is.',
      resolve: ({ move, names }) => toTrialCluster(move.volume.clusterId, names),
    }),
    target: t.field({
      type: trialCluster,
      description:
        'Where the placer puts it after the moves before it. Where clusters are alike, a new volume may go to another of them.',
      resolve: ({ move, names }) => toTrialCluster(move.targetId, names),
    }),
    spreadBefore: t.float({
      description: 'The highest ratio less the lowest before it.',
      resolve: ({ move }) => ratioToNumber(move.spreadBefore),
    }),
    spreadAfter: t.float({
      description: 'The same after it; equal while another cluster is as full as the source was.',
      resolve: ({ move }) => ratioToNumber(move.spreadAfter),
    }),
    steps: t.field({
      type: [moveStep],
      description: 'How to move it.',
      resolve: ({ move: { volume, targetId }, names, plannedAt }) =>
        moveSteps(volume, names.get(targetId) ?? targetId, plannedAt),
    }),
  }),
})

const rebalancePlanPayload = builder.objectRef<RebalanceReport>('RebalancePlanPayload').implement({
  description: 'Proposed moves, with cost and benefit. Nothing is reserved, and nothing is moved by itself.',
  fields: (t) => ({
    seenAt: t.expose('seenAt', { type: 'DateTime', description: 'When the fleet was read.' }),
    outcome: t.expose('outcome', { type: rebalanceOutcome, description: 'Why it ends where it does.' }),
    before: t.expose('before', {
      type: fleetBalance,
      description: 'The clusters that are ACTIVE and CONNECTED as they are.',
    }),
    after: t.expose('after', { type: fleetBalance, description: 'The same after the last move.' }),
    copyBytes: t.expose('copyBytes', {
      type: 'Bytes',
      description: 'The cost: what hosts have to copy, logical sizes in bytes.',
    }),
    moves: t.field({
      type: [rebalanceMove],
      description: 'The moves, in order.',
      // Weighed by the field itself, which knows how many there will be.
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ moves, clusterNames: names, seenAt: plannedAt }) =>
        moves.map((move) => ({ move, names, plannedAt })),
    }),
  }),
})

builder.queryField('rebalancePlan', (t) =>
  t.field({
    type: rebalancePlanPayload,
    description:
      'Which moves would even out the fleet the most for each byte that has to be copied, by the real placer on a copy.',
    errors: {
      types: [InvalidInputError],
      union: { name: 'RebalancePlanResult', description: 'Outcome of `rebalancePlan`.' },
    },
    args: {
      input: t.arg({ type: rebalancePlanInput, required: true, description: 'When moves are worth it.' }),
    },
    complexity: ({ input: { maxMoves } }) => ({
      field: 1,
      multiplier: Math.min(Math.max(maxMoves ?? 20, 1), MAX_REBALANCE_MOVES),
    }),
    resolve: (_root, { input }, { moves }) => moves.rebalancePlan(input),
  }),
)
