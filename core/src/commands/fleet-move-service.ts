import { InvalidInputError, NotFoundError } from '../errors.ts'
import type { ClusterId } from '../identity/ids.ts'
import type { HeldVolume } from '../moves/held-volume.ts'
import { type DrainMove, type DrainPlan, planDrain } from '../moves/plan-drain.ts'
import { planRebalance, type RebalanceOptions, takesPart } from '../moves/plan-rebalance.ts'
import type { Candidate } from '../placement/candidate.ts'
import type { FleetView } from '../placement/fleet-view.ts'
import { requestedBytes } from '../placement/placement-request.ts'
import { DEFAULT_POLICY_NAME } from '../policies/stored-policy.ts'
import type { DrainStore } from '../ports/drain-store.ts'
import {
  type FleetMoves,
  MAX_PLANNED,
  MAX_REBALANCE_MOVES,
  type RebalanceInput,
} from '../ports/fleet-moves.ts'
import type { Page } from '../ports/page.ts'
import { compareRatios, parseRatio, projectedRatio, type Ratio } from '../units/ratio.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, requireKey } from './input-rules.ts'
import type { TrialPorts } from './placement-trial-service.ts'
import { readViews } from './read-views.ts'

export interface MovePorts extends TrialPorts, OperationPorts {
  readonly drains: DrainStore
}

export function createFleetMoves(ports: MovePorts): FleetMoves {
  const { records, drains, oneAtATime, inSlices } = ports

  /** The present fleet as each policy of these volumes sees it; at least as the default one does. */
  const readViewsOf = (volumes: readonly HeldVolume[]): Promise<ReadonlyMap<string, FleetView>> => {
    const groups = [...new Set(volumes.flatMap(({ request: { group } }) => group ?? []))]
    const names = [...new Set([DEFAULT_POLICY_NAME, ...volumes.map(({ policyName }) => policyName)])]
    return readViews(ports, names, groups)
  }

  /** @param path where the caller has named the cluster */
  const plan = async (clusterId: ClusterId, path: readonly string[]): Promise<DrainPlan & Seen> => {
    const held = await records.readHeldVolumes([clusterId], MAX_PLANNED + 1)
    const volumes = held.slice(0, MAX_PLANNED)
    const views = await readViewsOf(volumes)
    const view = views.get(DEFAULT_POLICY_NAME)
    const names = new Map(view?.candidates.map((each) => [each.clusterId, each.clusterName]))
    if (!view || !names.has(clusterId)) {
      throw new NotFoundError(`there is no cluster ${clusterId}`, path)
    }
    return {
      ...(await inSlices(planDrain(clusterId, volumes, views))),
      seenAt: new Date(view.nowMs),
      isPartial: held.length > volumes.length,
      clusterNames: names,
    }
  }

  return {
    async drainPlan({ clusterId, first, after }) {
      const start = after === null ? null : readCursor(after)
      return oneAtATime(async () => {
        const { totals, moves, ...seen } = await plan(clusterId, ['clusterId'])
        return { ...seen, ...totals, clusterId, moves: takePage(moves, first, start) }
      })
    },

    async rebalancePlan(input) {
      const options = readBounds(input)
      return oneAtATime(async () => {
        const view = (await readViewsOf([])).get(DEFAULT_POLICY_NAME)
        const fullest = fullestOf(view?.candidates ?? [])
        const perCluster = Math.floor(MAX_PLANNED / Math.max(1, fullest.length))
        const volumes = await records.readHeldVolumes(fullest, perCluster)
        const views = await readViewsOf(volumes)
        const seen = views.get(DEFAULT_POLICY_NAME) ?? view
        return {
          ...(await inSlices(planRebalance(volumes, views, options))),
          seenAt: new Date(seen?.nowMs ?? 0),
          clusterNames: new Map(seen?.candidates.map((each) => [each.clusterId, each.clusterName])),
        }
      })
    },

    async startDrain(input, actor) {
      const issues = new InputIssues()
      checkIdempotencyKey(issues, input.idempotencyKey)
      issues.throwIfAny()
      const operation = beginOperation(ports, 'DRAIN_CLUSTER', input, actor)
      const earlier = await drains.find(input.clusterId, operation)
      if (earlier) return earlier
      const unfit = input.force
        ? null
        : await oneAtATime(async () => unfitReason(await plan(input.clusterId, ['input', 'clusterId'])))
      return drains.start(input.clusterId, operation, input.expectedRevision ?? null, unfit)
    },

    async cancelDrain(input, actor) {
      if (input.idempotencyKey !== undefined) requireKey(input.idempotencyKey)
      return drains.cancel(input.clusterId, beginOperation(ports, 'CANCEL_OPERATION', input, actor))
    },
  }
}

/** How many clusters could come to give volumes; those behind them are not the fullest for many moves. */
const MAX_GIVERS = 32

function fullestOf(candidates: readonly Candidate[]): readonly ClusterId[] {
  return candidates
    .filter(takesPart)
    .flatMap(({ clusterId, figures }) => {
      const ratio = projectedRatio(figures, 0n)
      return ratio ? [{ clusterId, ratio }] : []
    })
    .toSorted((a, b) => compareRatios(b.ratio, a.ratio))
    .slice(0, MAX_GIVERS)
    .map(({ clusterId }) => clusterId)
}

function readBounds(input: RebalanceInput): RebalanceOptions {
  const { maxMoves, begun: isBegun = false } = input
  const issues = new InputIssues()
  const read = (field: 'startAboveSpread' | 'stopBelowSpread'): Ratio => {
    const ratio = parseRatio(input[field])
    issues.require(ratio !== null, field, `"${input[field]}" is no decimal`, 'a decimal, as "0.2"')
    return ratio ?? { numerator: 0n, denominator: 1n }
  }
  const [startAboveSpread, stopBelowSpread] = [read('startAboveSpread'), read('stopBelowSpread')]
  issues.throwIfAny()
  issues.require(
    compareRatios(stopBelowSpread, startAboveSpread) < 0,
    'stopBelowSpread',
    `is ${input.stopBelowSpread}`,
    `less than startAboveSpread, ${input.startAboveSpread}`,
  )
  issues.require(
    maxMoves >= 1 && maxMoves <= MAX_REBALANCE_MOVES,
    'maxMoves',
    `is ${maxMoves}`,
    `1 to ${MAX_REBALANCE_MOVES}`,
  )
  issues.throwIfAny()
  return { startAboveSpread, stopBelowSpread, isBegun, maxMoves }
}

interface Seen {
  readonly seenAt: Date
  readonly isPartial: boolean
  readonly clusterNames: ReadonlyMap<ClusterId, string>
}

function unfitReason({ totals: { unplacedCount, volumeCount }, isPartial }: DrainPlan & Seen): string | null {
  if (unplacedCount > 0) {
    return `${unplacedCount} of ${volumeCount} volumes would find no other place; \`drainPlan\` says why. Make room, or ask with force: true`
  }
  return isPartial
    ? `more than ${volumeCount} volumes are there, and a plan looks at no more; ask with force: true`
    : null
}

/** Position of a volume in the order of every plan: its promise, then its id. */
interface Position {
  readonly bytes: bigint
  readonly volumeId: string
}

function positionOf({ request }: HeldVolume): Position {
  return { bytes: requestedBytes(request), volumeId: request.volumeId }
}

function readCursor(cursor: string): Position {
  const match = /^(\d{1,20})~(vol_[0-9a-f-]{36})$/.exec(cursor)
  if (match?.[1] && match[2]) return { bytes: BigInt(match[1]), volumeId: match[2] }
  throw new InvalidInputError([
    { path: ['after'], message: 'is no cursor of a drain plan', allowed: 'a cursor of an earlier page' },
  ])
}

function takePage(moves: readonly DrainMove[], first: number, after: Position | null): Page<DrainMove> {
  const begin = after === null ? 0 : moves.findIndex(({ volume }) => isBehind(positionOf(volume), after))
  const items = begin === -1 ? [] : moves.slice(begin, begin + first)
  return {
    items,
    cursors: items.map(({ volume }) => {
      const { bytes, volumeId } = positionOf(volume)
      return `${bytes}~${volumeId}`
    }),
    hasNextPage: begin !== -1 && begin + first < moves.length,
    totalCount: moves.length,
  }
}

function isBehind(position: Position, other: Position): boolean {
  return (
    position.bytes < other.bytes || (position.bytes === other.bytes && position.volumeId > other.volumeId)
  )
}
