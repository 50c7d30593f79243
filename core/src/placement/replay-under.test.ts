import { expect, test } from 'vitest'
import { runAtOnce } from '../testing/run-at-once.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import { placeInOrder } from './place-in-order.ts'
import { type Alternative, type PlacementHistory, replayUnder } from './replay-under.ts'

const fleet = [sampleCandidate(1, { labels: { site: 'a' } }), sampleCandidate(2, { labels: { site: 'b' } })]
const requests = Array.from({ length: 4 }, (_, number) => sampleRequest({ volumeId: sampleVolumeId(number) }))
const history: PlacementHistory = {
  candidates: fleet,
  groups: new Map(),
  nowMs: NOW.getTime(),
  decisions: placeInOrder(requests, fleet, SAMPLE_POLICY, NOW.getTime()).map(({ clusterId }, index) => ({
    request: requests[index] ?? sampleRequest(),
    clusterId,
    policy: SAMPLE_POLICY,
  })),
}
const replay = (other: Alternative, past = history) => runAtOnce(replayUnder(past, other))
const onFleet = (candidates: typeof fleet) => ({ fleet: { ...history, candidates } })
const moves = (changes: ReturnType<typeof replay>['changes']) => changes.map(({ from, to }) => [from, to])

test('under the policy that decided nothing changes', () => {
  const { recorded, baseline, replayed, drifted, changes } = replay({ policy: SAMPLE_POLICY })
  expect(changes).toEqual([])
  expect(drifted).toBe(0)
  expect(replayed).toEqual(recorded)
  expect(baseline).toEqual(recorded)
  expect(recorded).toMatchObject({
    placed: 4,
    refused: 0,
    peakRatio: { numerator: 4n * TIB, denominator: 10n * TIB },
    spread: { numerator: 0n },
    meanRatio: 0.4,
    deviation: 0,
    peakToMean: 1,
  })
})

test('another policy: what moves, and what it does to the balance', () => {
  const onlyA = {
    ...SAMPLE_POLICY,
    require: [{ key: 'site', operator: 'In', values: ['a'] } as const],
  }
  const { replayed, changes } = replay({ policy: onlyA })
  expect(moves(changes)).toEqual([
    [sampleClusterId(2), sampleClusterId(1)],
    [sampleClusterId(2), sampleClusterId(1)],
  ])
  expect(replayed).toMatchObject({
    placed: 4,
    peakRatio: { numerator: 8n * TIB },
    spread: { numerator: 8n * TIB },
    meanRatio: 0.4,
    deviation: 0.4,
    peakToMean: 2,
  })
})

test('another fleet: what is refused', () => {
  const small = [sampleCandidate(1, { figures: { effectiveBytes: 2n * TIB, freeBytes: 2n * TIB } })]
  const { replayed, changes } = replay(onFleet(small))
  expect(replayed).toMatchObject({ placed: 1, refused: 3 })
  expect(changes.filter((change) => change.to === null)).toHaveLength(3)
})

test('without another policy each decision goes by the one that took it, and sees what the others placed', () => {
  const full = { ...SAMPLE_POLICY, name: 'full', maxProvisionedRatio: { numerator: 4n, denominator: 10n } }
  const later = [4, 5].map((number) => ({
    request: sampleRequest({ volumeId: sampleVolumeId(number) }),
    clusterId: null,
    policy: full,
  }))
  const { baseline, drifted } = replay({}, { ...history, decisions: [...history.decisions, ...later] })
  expect(baseline).toMatchObject({ placed: 4, refused: 2 })
  expect(drifted).toBe(0)
})

test('what the record cannot know of shows as drift, not as a change', () => {
  const decisions = history.decisions.map((each) => ({ ...each, clusterId: sampleClusterId(1) }))
  const { drifted, changes } = replay({}, { ...history, decisions })
  expect(drifted).toBe(2)
  expect(changes).toEqual([])
})

test('a volume that went elsewhere grows there; one that found no place does not grow', () => {
  const [first] = history.decisions
  if (!first?.clusterId) throw new Error('the first one was placed')
  const other = fleet.filter((candidate) => candidate.clusterId !== first.clusterId)
  const growth = { ...first, request: { ...first.request, growsOn: first.clusterId } }
  const past = { ...history, decisions: [first, growth] }
  const { changes } = replay(onFleet(other), past)
  expect(changes.map((change) => change.to)).toEqual([other[0]?.clusterId, other[0]?.clusterId])
  const closed = fleet.map((each) => ({ ...each, adminState: 'CORDONED' as const }))
  expect(replay(onFleet(closed), past).replayed).toMatchObject({ placed: 0, refused: 2 })
})
