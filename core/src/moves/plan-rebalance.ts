import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { Candidate } from '../placement/candidate.ts'
import { isObserved, type ObservedCandidate } from '../placement/candidate.ts'
import { type FleetBalance, fleetBalance } from '../placement/fleet-balance.ts'
import type { FleetView } from '../placement/fleet-view.ts'
import { requestedBytes } from '../placement/placement-request.ts'
import { compareRatios, multiplyRatios, projectedRatio, type Ratio, subtractRatios } from '../units/ratio.ts'
import type { HeldVolume } from './held-volume.ts'
import { moveBlocks } from './move-blocks.ts'
import { MovingFleet } from './moving-fleet.ts'

export const REBALANCE_OUTCOMES = ['WITHIN_BOUNDS', 'BALANCED', 'MOVES_SPENT', 'NOTHING_HELPS'] as const

export interface RebalanceOptions {
  /** Nothing is proposed while the spread is at most this, unless moves have begun. */
  readonly startAboveSpread: Ratio
  /** Below the former: once begun, moves are proposed until the spread is at most this. */
  readonly stopBelowSpread: Ratio
  /** Whether moves of an earlier plan were carried out already. */
  readonly isBegun: boolean
  readonly maxMoves: number
}

export interface RebalanceMove {
  /** Place in the order, from 1; each counts on those before it. */
  readonly number: number
  readonly volume: HeldVolume
  readonly targetId: ClusterId
  readonly spreadBefore: Ratio
  readonly spreadAfter: Ratio
}

export interface RebalancePlan {
  readonly outcome: (typeof REBALANCE_OUTCOMES)[number]
  readonly before: FleetBalance
  readonly after: FleetBalance
  readonly moves: readonly RebalanceMove[]
  /** What hosts would have to copy: logical sizes. */
  readonly copyBytes: bigint
}

/** Looking further down the ranking costs more than it finds: the spread ends at the fullest. */
const MAX_SOURCES = 8
/** Alike volumes count once. */
const MAX_TRIED_PER_SOURCE = 256

/** Balance is about clusters that may take and give: others are cared for by hand. */
export function takesPart(candidate: Candidate): candidate is ObservedCandidate {
  const { adminState, connection } = candidate
  return (
    adminState === 'ACTIVE' &&
    connection === 'CONNECTED' &&
    isObserved(candidate) &&
    candidate.figures.effectiveBytes > 0n
  )
}

/**
 * Moves that bring the fullest cluster down the most for each byte that has to be copied, every one to where the real
 * placer puts it, and none that widens the spread. Between the two bounds nothing begins, and what has begun goes on
 * (hysteresis), so that a fleet is not stirred all the time. Whether it has begun is for the caller to know: a fleet that was
 * evened out half way looks like one that has drifted there. Pauses after every volume.
 *
 * @param views the present fleet as each policy of the volumes sees it, by the policy's name; at least one
 */
export function* planRebalance(
  volumes: readonly HeldVolume[],
  views: ReadonlyMap<string, FleetView>,
  { startAboveSpread, stopBelowSpread, isBegun, maxMoves }: RebalanceOptions,
): Generator<void, RebalancePlan> {
  const fleet = new MovingFleet(views)
  const balance = () => fleetBalance(fleet.candidates.filter(takesPart))
  const before = balance()
  const moves: RebalanceMove[] = []
  const moved = new Set<VolumeId>()
  const movable = volumes.filter((volume) => moveBlocks(volume).length === 0)

  const end = (outcome: RebalancePlan['outcome']): RebalancePlan => ({
    outcome,
    before,
    after: balance(),
    moves,
    copyBytes: moves.reduce((sum, { volume }) => sum + volume.request.sizeBytes, 0n),
  })

  let { spread } = before
  const bound = isBegun ? stopBelowSpread : startAboveSpread
  if (!spread || compareRatios(spread, bound) <= 0) return end('WITHIN_BOUNDS')
  while (compareRatios(spread, stopBelowSpread) > 0) {
    if (moves.length >= maxMoves) return end('MOVES_SPENT')
    const left = movable.filter(({ request }) => !moved.has(request.volumeId))
    const best: Proposal | null = yield* findBest(fleet, left, spread)
    if (!best) return end('NOTHING_HELPS')
    fleet.move(best.volume, best.targetId)
    moved.add(best.volume.request.volumeId)
    moves.push({
      number: moves.length + 1,
      volume: best.volume,
      targetId: best.targetId,
      spreadBefore: spread,
      spreadAfter: best.spreadAfter,
    })
    spread = best.spreadAfter
  }
  return end('BALANCED')
}

interface Proposal {
  readonly volume: HeldVolume
  readonly targetId: ClusterId
  readonly spreadAfter: Ratio
  /** By how much the fuller of the two clusters is less full than the source was. */
  readonly relief: Ratio
}

interface Ranked {
  readonly clusterId: ClusterId
  readonly candidate: ObservedCandidate
  readonly ratio: Ratio
}

function* findBest(
  fleet: MovingFleet,
  volumes: readonly HeldVolume[],
  spread: Ratio,
): Generator<void, Proposal | null> {
  const ranking = rank(fleet.candidates)
  const held = Map.groupBy(volumes, ({ clusterId }) => clusterId)
  for (const source of ranking.slice(0, MAX_SOURCES)) {
    let best: Proposal | null = null
    for (const volume of differentOnes(held.get(source.clusterId) ?? [])) {
      const proposal = propose(fleet, ranking, source, volume, spread)
      if (proposal && (!best || isBetter(proposal, best))) best = proposal
      yield
    }
    if (best) return best
  }
  return null
}

function propose(
  fleet: MovingFleet,
  ranking: readonly Ranked[],
  source: Ranked,
  volume: HeldVolume,
  spread: Ratio,
): Proposal | null {
  const targetId = fleet.choose(volume)
  const target = ranking.find(({ clusterId }) => clusterId === targetId)
  if (!targetId || !target) return null
  const bytes = requestedBytes(volume.request)
  const sourceAfter = projectedRatio(source.candidate.figures, -bytes)
  const targetAfter = projectedRatio(target.candidate.figures, bytes)
  if (!sourceAfter || !targetAfter || compareRatios(targetAfter, source.ratio) >= 0) return null
  const others = ranking.filter((each) => each !== source && each !== target)
  const ends = [sourceAfter, targetAfter, ...[others[0], others.at(-1)].flatMap((each) => each?.ratio ?? [])]
  const sorted = ends.toSorted(compareRatios)
  const [lowest, highest] = [sorted[0] ?? sourceAfter, sorted.at(-1) ?? targetAfter]
  const spreadAfter = subtractRatios(highest, lowest)
  const change = compareRatios(spreadAfter, spread)
  // Of several that are equally full each has to come down before the spread does.
  const isAtPeak = ranking[0] !== undefined && compareRatios(source.ratio, ranking[0].ratio) === 0
  if (change > 0 || (change === 0 && !isAtPeak)) return null
  const fuller = compareRatios(sourceAfter, targetAfter) > 0 ? sourceAfter : targetAfter
  return { volume, targetId, spreadAfter, relief: subtractRatios(source.ratio, fuller) }
}

/** More relief for each byte that is copied; of those alike the larger step, so that fewer are needed. */
function isBetter(a: Proposal, b: Proposal): boolean {
  const [perByteA, perByteB] = [a, b].map(({ relief, volume }) =>
    multiplyRatios(relief, { numerator: 1n, denominator: volume.request.sizeBytes }),
  )
  const order = perByteA && perByteB ? compareRatios(perByteA, perByteB) : 0
  return order > 0 || (order === 0 && compareRatios(a.relief, b.relief) > 0)
}

/** The fullest first. */
function rank(candidates: readonly Candidate[]): readonly Ranked[] {
  return candidates
    .filter(takesPart)
    .flatMap((candidate) => {
      const ratio = projectedRatio(candidate.figures, 0n)
      return ratio ? [{ clusterId: candidate.clusterId, candidate, ratio }] : []
    })
    .toSorted((a, b) => compareRatios(b.ratio, a.ratio))
}

/** One of each kind: what is alike for placement has the same outcome. */
function differentOnes(volumes: readonly HeldVolume[]): readonly HeldVolume[] {
  const kinds = new Map<string, HeldVolume>()
  for (const volume of volumes) {
    const { sizeBytes, replicas, group } = volume.request
    const kind = `${sizeBytes} ${replicas} ${volume.policyName} ${group ?? ''}`
    if (!kinds.has(kind)) kinds.set(kind, volume)
    if (kinds.size >= MAX_TRIED_PER_SOURCE) break
  }
  return [...kinds.values()]
}
