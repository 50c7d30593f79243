import { expect, test } from 'vitest'
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
import { type PlacementHistory, replayUnder } from './replay-under.ts'

const fleet = [sampleCandidate(1, { labels: { site: 'a' } }), sampleCandidate(2, { labels: { site: 'b' } })]
const requests = Array.from({ length: 4 }, (_, number) => sampleRequest({ volumeId: sampleVolumeId(number) }))
const history: PlacementHistory = {
  candidates: fleet,
  groups: new Map(),
  nowMs: NOW.getTime(),
  decisions: placeInOrder(requests, fleet, SAMPLE_POLICY, NOW.getTime()).map(({ clusterId }, index) => ({
    request: requests[index] ?? sampleRequest(),
    clusterId,
  })),
}

test('under the policy that decided nothing changes', () => {
  const { recorded, replayed, changes } = replayUnder(history, SAMPLE_POLICY)
  expect(changes).toEqual([])
  expect(replayed).toEqual(recorded)
  expect(recorded).toMatchObject({
    placed: 4,
    refused: 0,
    peakRatio: { numerator: 4n * TIB, denominator: 10n * TIB },
    spread: { numerator: 0n },
  })
})

test('another policy: what moves, and what it does to the balance', () => {
  const onlyA = {
    ...SAMPLE_POLICY,
    require: [{ key: 'site', operator: 'In', values: ['a'] } as const],
  }
  const { replayed, changes } = replayUnder(history, onlyA)
  expect(changes.map(({ from, to }) => [from, to])).toEqual([
    [sampleClusterId(2), sampleClusterId(1)],
    [sampleClusterId(2), sampleClusterId(1)],
  ])
  expect(replayed).toMatchObject({
    placed: 4,
    peakRatio: { numerator: 8n * TIB },
    spread: { numerator: 8n * TIB },
  })
})

test('another fleet: what is refused', () => {
  const small = [sampleCandidate(1, { figures: { effectiveBytes: 2n * TIB, freeBytes: 2n * TIB } })]
  const { replayed, changes } = replayUnder(history, SAMPLE_POLICY, small)
  expect(replayed).toMatchObject({ placed: 1, refused: 3 })
  expect(changes.filter((change) => change.to === null)).toHaveLength(3)
})

test('a volume that went elsewhere grows there', () => {
  const [first] = history.decisions
  if (!first?.clusterId) throw new Error('the first one was placed')
  const other = fleet.filter((candidate) => candidate.clusterId !== first.clusterId)
  const growth = { ...first.request, growsOn: first.clusterId }
  const decisions = [first, { request: growth, clusterId: first.clusterId }]
  const { changes } = replayUnder({ ...history, decisions }, SAMPLE_POLICY, other)
  expect(changes.map((change) => change.to)).toEqual([other[0]?.clusterId, other[0]?.clusterId])
})
