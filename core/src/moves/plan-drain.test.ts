import { expect, test } from 'vitest'
import type { Candidate } from '../placement/candidate.ts'
import { type Groups, NO_GROUPS } from '../placement/group-counts.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { runAtOnce } from '../testing/run-at-once.ts'
import { NOW, SAMPLE_POLICY, sampleCandidate, sampleClusterId, TIB } from '../testing/sample-fleet.ts'
import { sampleHeldHost, sampleHeldVolume } from '../testing/sample-held-volume.ts'
import type { HeldVolume } from './held-volume.ts'
import { type DrainPlan, planDrain } from './plan-drain.ts'

const DRAINED = sampleCandidate(1, { adminState: 'DRAINING' })

interface Given {
  readonly groups?: Groups
  readonly policies?: readonly PlacementPolicy[]
  readonly drained?: Candidate
}

function plan(
  volumes: readonly HeldVolume[],
  others: readonly Candidate[],
  { groups = NO_GROUPS, policies = [SAMPLE_POLICY], drained = DRAINED }: Given = {},
): DrainPlan {
  const candidates = [drained, ...others]
  const views = policies.map(
    (policy) => [policy.name, { candidates, groups, policy, nowMs: NOW.getTime() }] as const,
  )
  return runAtOnce(planDrain(DRAINED.clusterId, volumes, new Map(views)))
}

test('each volume sees what those before it took, and never goes back', () => {
  const volumes = [1, 2, 3, 4].map((number) => sampleHeldVolume(number))
  const { moves, totals } = plan(volumes, [sampleCandidate(2), sampleCandidate(3)])
  const targets = moves.map(({ targetId }) => targetId)
  expect(targets.filter((id) => id === sampleClusterId(2))).toHaveLength(2)
  expect(targets.filter((id) => id === sampleClusterId(3))).toHaveLength(2)
  expect(totals).toEqual({
    volumeCount: 4,
    bytes: 8n * TIB,
    copyBytes: 4n * TIB,
    blockedCount: 0,
    unplacedCount: 0,
  })
})

test('what finds no room says why, cluster by cluster', () => {
  const volumes = [1, 2].map((number) => sampleHeldVolume(number, { request: { sizeBytes: 5n * TIB } }))
  const { moves, totals } = plan(volumes, [sampleCandidate(2)])
  expect(totals.unplacedCount).toBe(1)
  expect(moves[0]).toMatchObject({ targetId: sampleClusterId(2), reasons: [] })
  expect(moves[1]?.targetId).toBeNull()
  expect(moves[1]?.reasons.map(({ reason }) => reason).toSorted()).toEqual(['PROMISED_LIMIT'])
})

test('volumes of several policies share the room', () => {
  const strict = { ...SAMPLE_POLICY, name: 'strict', maxProvisionedRatio: { numerator: 1n, denominator: 2n } }
  const volumes = [
    sampleHeldVolume(1, { request: { sizeBytes: 2n * TIB } }),
    sampleHeldVolume(2, { request: { sizeBytes: 1n * TIB }, policyName: 'strict' }),
  ]
  const { moves } = plan(volumes, [sampleCandidate(2)], { policies: [SAMPLE_POLICY, strict] })
  expect(moves.map(({ targetId }) => targetId === null)).toEqual([false, true])
})

test('a group is kept apart on its new places', () => {
  const apart: PlacementPolicy = {
    ...SAMPLE_POLICY,
    spread: { label: 'cluster', mode: 'ANTI_AFFINITY', maxPerValue: 1 },
  }
  const groups = new Map([['default/db', new Map([[DRAINED.clusterId, 2]])]])
  const volumes = [1, 2].map((number) => sampleHeldVolume(number, { request: { group: 'default/db' } }))
  const { moves } = plan(volumes, [sampleCandidate(2), sampleCandidate(3)], { groups, policies: [apart] })
  expect(new Set(moves.map(({ targetId }) => targetId))).toEqual(
    new Set([sampleClusterId(2), sampleClusterId(3)]),
  )
})

test.each<[what: string, maxPerValue: number, held: number[], targets: (number | null)[]]>([
  ['where the old one still counts', 1, [1, 0, 1], [null]],
  ['until one before it has gone', 2, [2], [3, 2]],
])('a group that is kept apart over a label has no place %s', (_what, maxPerValue, held, targets) => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    spread: { label: 'site', mode: 'ANTI_AFFINITY', maxPerValue },
  }
  const drained = { ...DRAINED, labels: { site: 'berlin' } }
  // There is room for one more in Munich.
  const others = [
    sampleCandidate(2, { labels: { site: 'berlin' } }),
    sampleCandidate(3, { labels: { site: 'munich' }, figures: { provisionedBytes: 12n * TIB } }),
  ]
  const members = new Map(held.map((count, index) => [sampleClusterId(index + 1), count] as const))
  const volumes = targets.map((_, index) => sampleHeldVolume(index + 1, { request: { group: 'default/db' } }))
  const groups = new Map([['default/db', members]])
  const { moves } = plan(volumes, others, { drained, groups, policies: [policy] })
  expect(moves.map(({ targetId }) => targetId)).toEqual(
    targets.map((number) => number && sampleClusterId(number)),
  )
  const refused = moves.filter(({ targetId }) => targetId === null)
  for (const { reasons } of refused) {
    expect(reasons).toMatchObject([{ reason: 'GROUP_LIMIT', clusterCount: 2 }])
  }
})

test.each<[what: string, bound: Partial<HeldVolume>, reasons: string[]]>([
  ['nothing', {}, []],
  ['a host', { hosts: [sampleHeldHost(1)] }, ['ATTACHED']],
  ['a host that was never attached here', { foreignNqns: ['nqn.2019-09.com.example:x'] }, ['ATTACHED']],
  ['nobody in particular, as it admits all', { foreignNqns: 'ANY' }, ['ATTACHED']],
  ['snapshots and clones of them', { snapshotCount: 1, cloneCount: 2 }, ['HAS_SNAPSHOTS', 'CLONE_FAMILY']],
  ['snapshots that are not ours', { foreignSnapshotCount: 2 }, ['HAS_SNAPSHOTS']],
  ['clones that were not made here', { foreignCloneCount: 1 }, ['CLONE_FAMILY']],
  ['its source', { isClone: true }, ['CLONE_FAMILY']],
  ['work under way', { state: 'RESIZING' }, ['NOT_AT_REST']],
  ['what was not seen yet: snapshots', { foreignSnapshotCount: null }, ['NOT_LOOKED_AT']],
  ['what was not seen yet: clones', { foreignCloneCount: null }, ['NOT_LOOKED_AT']],
  [
    'clones, and snapshots that were not seen yet',
    { foreignSnapshotCount: null, foreignCloneCount: 1 },
    ['NOT_LOOKED_AT', 'CLONE_FAMILY'],
  ],
  [
    'nothing, as it is missing',
    { state: 'MISSING', foreignSnapshotCount: null, foreignCloneCount: null },
    ['MISSING'],
  ],
])('a volume that is bound by %s', (_what, bound, reasons) => {
  const { moves, totals } = plan([sampleHeldVolume(1, bound)], [sampleCandidate(2)])
  expect(moves[0]?.blocks.map(({ reason }) => reason)).toEqual(reasons)
  expect(moves[0]?.targetId).toBe(sampleClusterId(2))
  expect(totals.blockedCount).toBe(reasons.length > 0 ? 1 : 0)
})

test('what is missing is not copied', () => {
  const volumes = [sampleHeldVolume(1), sampleHeldVolume(2, { state: 'MISSING' })]
  const { totals } = plan(volumes, [sampleCandidate(2)])
  expect(totals).toMatchObject({ bytes: 4n * TIB, copyBytes: 1n * TIB })
})
