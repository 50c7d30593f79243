import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FleetView } from '../placement/fleet-view.ts'
import { headroomBytes } from '../placement/headroom.ts'
import { requestedBytes } from '../placement/placement-request.ts'
import type { LabelRequirement, PlacementPolicy } from '../policies/policy.ts'
import { runAtOnce } from '../testing/run-at-once.ts'
import { NOW, SAMPLE_POLICY, sampleCandidate, sampleClusterId, TIB } from '../testing/sample-fleet.ts'
import { sampleHeldVolume } from '../testing/sample-held-volume.ts'
import { compareRatios, type Ratio } from '../units/ratio.ts'
import type { HeldVolume } from './held-volume.ts'
import { MovingFleet } from './moving-fleet.ts'
import { planRebalance, type RebalanceOptions, type RebalancePlan } from './plan-rebalance.ts'

const percent = (value: number): Ratio => ({ numerator: BigInt(value), denominator: 100n })
const BOUNDS: RebalanceOptions = {
  startAboveSpread: percent(20),
  stopBelowSpread: percent(10),
  isBegun: false,
  maxMoves: 50,
}

const GROUP = 'default/db'
const IN_BERLIN: LabelRequirement = { key: 'site', operator: 'In', values: ['berlin'] }

/** Clusters of 10 TiB: each holds its volumes, in TiB of promise, and what is not ours. */
function fleetOf(held: readonly (readonly number[])[], foreign: readonly number[] = []) {
  let number = 0
  const volumes = held.flatMap((sizes, index) =>
    sizes.map((tib) =>
      sampleHeldVolume(++number, {
        clusterId: sampleClusterId(index + 1),
        request: { sizeBytes: (BigInt(tib) * TIB) / 2n },
      }),
    ),
  )
  const candidates = held.map((sizes, index) => {
    const tib = sizes.reduce((sum, each) => sum + each, foreign[index] ?? 0)
    return sampleCandidate(index + 1, {
      figures: { provisionedBytes: BigInt(tib) * TIB, volumeCount: sizes.length },
    })
  })
  const view = { candidates, groups: new Map(), policy: SAMPLE_POLICY, nowMs: NOW.getTime() }
  return { volumes, views: new Map([[SAMPLE_POLICY.name, view]]) }
}

interface Fleet {
  readonly volumes: readonly HeldVolume[]
  readonly views: ReadonlyMap<string, FleetView>
}

const plan = ({ volumes, views }: Fleet, options: Partial<RebalanceOptions> = {}): RebalancePlan =>
  runAtOnce(planRebalance(volumes, views, { ...BOUNDS, ...options }))

/** The fleet after the moves, as polls would find it. */
function apply({ volumes, views }: Fleet, { moves }: RebalancePlan): Fleet {
  const fleet = new MovingFleet(views)
  const places = new Map(moves.map((move) => [move.volume.request.volumeId, move.targetId]))
  for (const { volume, targetId } of moves) fleet.move(volume, targetId)
  const [name, view] = [...views][0] ?? []
  if (!name || !view) throw new Error('no fleet')
  return {
    volumes: volumes.map((volume) => ({
      ...volume,
      clusterId: places.get(volume.request.volumeId) ?? volume.clusterId,
    })),
    views: new Map([[name, { ...view, candidates: fleet.candidates }]]),
  }
}

test('the fullest gives to the emptiest until the lower bound is reached', () => {
  const { outcome, moves, copyBytes, before, after } = plan(fleetOf([[1, 1, 2, 2, 2], [1], [1]]))
  expect(outcome).toBe('BALANCED')
  expect([before.spread, after.spread].map((ratio) => ratio && Number(ratio.numerator / TIB))).not.toContain(
    null,
  )
  expect(moves.every(({ volume }) => volume.clusterId === sampleClusterId(1))).toBe(true)
  expect(new Set(moves.map(({ targetId }) => targetId))).toEqual(
    new Set([sampleClusterId(2), sampleClusterId(3)]),
  )
  expect(copyBytes).toBe(moves.reduce((sum, { volume }) => sum + volume.request.sizeBytes, 0n))
})

test('nothing begins below the upper bound, though the lower one is passed', () => {
  expect(plan(fleetOf([[1, 1, 1], [1]]))).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [] })
  expect(plan(fleetOf([[1, 1, 1, 1], [1]])).moves).not.toEqual([])
})

test('what has begun goes on between the bounds, to where one plan would have gone, and ends at the lower one', () => {
  const fleet = fleetOf([[1, 1, 1, 1], []])
  const first = plan(fleet, { maxMoves: 1 })
  expect(first.outcome).toBe('MOVES_SPENT')
  const halfway = apply(fleet, first)
  expect(plan(halfway)).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [] })
  const rest = plan(halfway, { isBegun: true })
  expect(rest).toMatchObject({ outcome: 'BALANCED', moves: [{ number: 1 }] })
  expect(plan(apply(halfway, rest), { isBegun: true })).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [] })
})

test('what cannot move is left alone, and what nothing helps says so', () => {
  const fleet = fleetOf([[2, 2, 2], []])
  const bound = (volume: HeldVolume): HeldVolume => ({ ...volume, isClone: true })
  expect(plan({ ...fleet, volumes: fleet.volumes.map(bound) })).toMatchObject({
    outcome: 'NOTHING_HELPS',
    moves: [],
  })
})

test.each<[what: string, members: number, change: Partial<PlacementPolicy>]>([
  ['it is preferred there', 0, { prefer: [{ ...IN_BERLIN, weight: percent(30) }] }],
  [
    'its group may not have two on one site, the old one included',
    1,
    { spread: { label: 'site', mode: 'ANTI_AFFINITY', maxPerValue: 1 } },
  ],
])('a volume stays where the placer would put it back, or nowhere else: %s', (_what, members, change) => {
  const { volumes, views } = fleetOf([
    [1, 1, 1, 1, 1],
    [1, 1],
  ])
  const [name, view] = [...views][0] ?? []
  if (!name || !view) throw new Error('no fleet')
  const sites = members > 0 ? ['berlin', 'berlin'] : ['berlin', 'munich']
  const candidates = view.candidates.map((each, index) => ({ ...each, labels: { site: sites[index] ?? '' } }))
  const groups = new Map([[GROUP, new Map([[sampleClusterId(1), members]])]])
  const policy = { ...view.policy, ...change }
  const grouped = volumes
    .slice(0, 1)
    .map((volume) => ({ ...volume, request: { ...volume.request, group: members > 0 ? GROUP : null } }))
  expect(
    plan({ volumes: grouped, views: new Map([[name, { ...view, candidates, groups, policy }]]) }),
  ).toMatchObject({ outcome: 'NOTHING_HELPS', moves: [] })
})

test('a move that would empty its cluster further than it evens out is none', () => {
  const { volumes } = fleetOf([[5]])
  const candidates = [
    sampleCandidate(1, { figures: { provisionedBytes: 5n * TIB } }),
    sampleCandidate(2, {
      figures: { provisionedBytes: 4n * TIB, effectiveBytes: 20n * TIB, freeBytes: 20n * TIB },
    }),
  ]
  const view = { candidates, groups: new Map(), policy: SAMPLE_POLICY, nowMs: NOW.getTime() }
  expect(plan({ volumes, views: new Map([[SAMPLE_POLICY.name, view]]) })).toMatchObject({
    outcome: 'NOTHING_HELPS',
    moves: [],
  })
})

test('no more moves than asked for; clusters out of service have no part', () => {
  const fleet = fleetOf([[1, 1, 1, 1, 1, 1], [], []])
  expect(plan(fleet, { maxMoves: 1 })).toMatchObject({ outcome: 'MOVES_SPENT', moves: [{ number: 1 }] })
  const [name, view] = [...fleet.views][0] ?? []
  if (!name || !view) throw new Error('no fleet')
  const candidates = view.candidates.map((each, index) =>
    index === 0 ? { ...each, adminState: 'DRAINING' as const } : each,
  )
  expect(plan({ ...fleet, views: new Map([[name, { ...view, candidates }]]) }).outcome).toBe('WITHIN_BOUNDS')
})

test('never past a limit, never worse, and once within the upper bound nothing more is proposed', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 })
  const fleets = fc
    .array(fc.tuple(sizes, fc.integer({ min: 0, max: 14 })), { minLength: 2, maxLength: 6 })
    .map((clusters) =>
      fleetOf(
        clusters.map(([held]) => held),
        clusters.map(([, foreign]) => foreign),
      ),
    )
  fc.assert(
    fc.property(fleets, fc.integer({ min: 1, max: 12 }), (fleet, maxMoves) => {
      const proposed = plan(fleet, { maxMoves })
      expect(proposed.moves.length).toBeLessThanOrEqual(maxMoves)
      const state = new MovingFleet(fleet.views)
      for (const { volume, targetId, spreadBefore, spreadAfter } of proposed.moves) {
        const target = state.candidates.find(({ clusterId }) => clusterId === targetId)
        if (!target?.figures) throw new Error('no such target')
        expect(requestedBytes(volume.request)).toBeLessThanOrEqual(
          headroomBytes(target.figures, SAMPLE_POLICY),
        )
        expect(targetId).not.toBe(volume.clusterId)
        expect(compareRatios(spreadAfter, spreadBefore)).toBeLessThanOrEqual(0)
        state.move(volume, targetId)
      }
      const { before, after } = proposed
      if (!before.spread || !after.spread || !before.peakRatio || !after.peakRatio)
        throw new Error('no balance')
      expect(compareRatios(after.spread, before.spread)).toBeLessThanOrEqual(0)
      expect(compareRatios(after.peakRatio, before.peakRatio)).toBeLessThanOrEqual(0)
      if (proposed.outcome === 'BALANCED') {
        expect(compareRatios(after.spread, BOUNDS.stopBelowSpread)).toBeLessThanOrEqual(0)
      }
      if (compareRatios(after.spread, BOUNDS.startAboveSpread) <= 0) {
        expect(plan(apply(fleet, proposed))).toMatchObject({ outcome: 'WITHIN_BOUNDS', moves: [] })
      }
    }),
    { numRuns: 300 },
  )
})
