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
import { type FleetView, whatIf } from './what-if.ts'

/** Room for 15 TiB on each of two clusters, of which 10 TiB are promised. */
const view: FleetView = {
  candidates: [1, 2].map((number) => sampleCandidate(number, { figures: { provisionedBytes: 10n * TIB } })),
  groups: new Map(),
  policy: { ...SAMPLE_POLICY, expectedUseRatio: { numerator: 0n, denominator: 1n } },
  nowMs: NOW.getTime(),
}
const tebibytes = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    sampleRequest({ volumeId: sampleVolumeId(number), sizeBytes: TIB, replicas: 1 }),
  )

test('a lost cluster: which requests begin to fail', () => {
  const stages = whatIf(view, { kind: 'LOSE_CLUSTER', clusterId: sampleClusterId(2) }, tebibytes(8))
  expect(stages).toMatchObject([
    { step: 0, placed: 8, refused: [], placedBeforeFirstRefusal: null },
    { step: 1, placed: 5, refused: [5, 6, 7].map(sampleVolumeId), placedBeforeFirstRefusal: 5 },
  ])
})

test('another cluster: which requests no longer fail', () => {
  const stages = whatIf(view, { kind: 'ADD_CLUSTER', cluster: sampleCandidate(3) }, tebibytes(12))
  expect(stages.map((stage) => [stage.placed, stage.refused.length])).toEqual([
    [10, 2],
    [12, 0],
  ])
})

test('growth everywhere: which limits are crossed when', () => {
  const tight = view.candidates.map((candidate, index) => ({
    ...candidate,
    figures: candidate.figures && { ...candidate.figures, freeBytes: index === 0 ? 3n * TIB : 10n * TIB },
  }))
  const rate = { numerator: 2n, denominator: 10n }
  const stages = whatIf(
    { ...view, candidates: tight },
    { kind: 'GROW_ALL', ratePerStep: rate, steps: 3 },
    tebibytes(1),
  )
  expect(stages.map((stage) => stage.crossed.map(({ clusterId, limit }) => [clusterId, limit]))).toEqual([
    [],
    [],
    [[sampleClusterId(1), 'WRITTEN']],
    [
      [sampleClusterId(1), 'PROMISED'],
      [sampleClusterId(1), 'WRITTEN'],
      [sampleClusterId(2), 'PROMISED'],
    ],
  ])
  expect(stages.map((stage) => stage.refused.length)).toEqual([0, 0, 1, 1])
})

test('onboarding: how many find room', () => {
  const scenario = { kind: 'ONBOARD', count: 8, sizeBytes: TIB, replicas: 2 } as const
  expect(whatIf(view, scenario, [])).toMatchObject([
    { placed: 0 },
    { placed: 4, placedBeforeFirstRefusal: 4, refused: { length: 4 } },
  ])
})
