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
import type { FleetView } from './fleet-view.ts'
import { type Scenario, whatIf } from './what-if.ts'

/** Room for 15 TiB on each of two clusters, of which 10 TiB are promised. */
const view: FleetView = {
  candidates: [1, 2].map((number) => sampleCandidate(number, { figures: { provisionedBytes: 10n * TIB } })),
  groups: new Map(),
  policy: { ...SAMPLE_POLICY, expectedUseRatio: { numerator: 0n, denominator: 1n } },
  nowMs: NOW.getTime(),
}
const tebibytes = (count: number, first = 0) =>
  Array.from({ length: count }, (_, number) =>
    sampleRequest({ volumeId: sampleVolumeId(first + number), sizeBytes: TIB, replicas: 1 }),
  )
const run = (
  scenario: Partial<Scenario>,
  requests = tebibytes(0),
  fleet = view,
  others: readonly FleetView[] = [],
) =>
  runAtOnce(
    whatIf(
      fleet,
      { added: [], lost: [], displaced: [], growth: null, ...scenario },
      requests,
      new Map(others.map((each) => [each.policy.name, each])),
    ),
  )
const under = (policyName: string, requests: ReturnType<typeof tebibytes>) =>
  requests.map((request) => ({ request, policyName }))

test('a lost cluster: which requests begin to fail, and why', () => {
  const stages = run({ lost: [sampleClusterId(2)] }, tebibytes(8))
  expect(stages).toMatchObject([
    { kind: 'PRESENT', placed: 8, refused: 0, placedBeforeFirstRefusal: null, failing: [] },
    { kind: 'CHANGED', placed: 5, refused: 3, placedBeforeFirstRefusal: 5, failingCount: 3 },
  ])
  expect(stages[1]?.failing).toMatchObject(
    [6, 7, 8].map((number) => ({
      number,
      request: { volumeId: sampleVolumeId(number - 1) },
      reasons: [
        {
          reason: 'PROMISED_LIMIT',
          clusterCount: 1,
          nearest: { clusterName: 'cluster-1', rejection: { shortfallBytes: TIB } },
        },
      ],
    })),
  )
})

test('what a lost cluster held is placed again before anything new', () => {
  const displaced = under(view.policy.name, tebibytes(4, 100))
  const stages = run({ lost: [sampleClusterId(2)], displaced }, tebibytes(3))
  expect(stages).toMatchObject([
    { placed: 3, refused: 0 },
    { placed: 5, refused: 2, failing: [{ number: 6 }, { number: 7 }] },
  ])
})

test('what a lost cluster held is decided by its own policy, and takes room from all', () => {
  const strict = { ...view.policy, name: 'strict', maxProvisionedRatio: { numerator: 12n, denominator: 10n } }
  const loose = { ...view.policy, name: 'loose', maxProvisionedRatio: { numerator: 16n, denominator: 10n } }
  const others = [strict, loose].map((policy) => ({ ...view, policy }))
  const displaced = [...under('strict', tebibytes(3, 100)), ...under('loose', tebibytes(3, 200))]
  const [, lost] = run({ lost: [sampleClusterId(2)], displaced }, tebibytes(1), view, others)
  expect(lost).toMatchObject({
    placed: 5,
    failing: [
      { number: 3, policyName: 'strict', isDisplaced: true },
      { number: 7, policyName: view.policy.name, isDisplaced: false },
    ],
    filled: [{ clusterId: sampleClusterId(1), limit: 'PROMISED', afterPlaced: 5 }],
  })
})

test('a cluster that was full before does not fill when a looser policy puts more there', () => {
  const loose = { ...view.policy, name: 'loose', maxProvisionedRatio: { numerator: 2n, denominator: 1n } }
  const policy = { ...view.policy, maxProvisionedRatio: { numerator: 1n, denominator: 1n } }
  const displaced = under('loose', tebibytes(2, 100))
  const [, lost] = run({ lost: [sampleClusterId(2)], displaced }, [], { ...view, policy }, [
    { ...view, policy: loose },
  ])
  expect(lost).toMatchObject({ placed: 2, filled: [], crossed: [] })
})

test('another cluster: which requests no longer fail', () => {
  const stages = run({ added: [sampleCandidate(3)] }, tebibytes(12))
  expect(stages.map((stage) => [stage.placed, stage.refused, stage.failingCount])).toEqual([
    [10, 2, 2],
    [12, 0, 0],
  ])
})

test('growth everywhere: which limits are crossed when, each told once', () => {
  const tight = view.candidates.map((candidate, index) => ({
    ...candidate,
    figures: candidate.figures && { ...candidate.figures, freeBytes: index === 0 ? 3n * TIB : 10n * TIB },
  }))
  const growth = { ratePerStep: { numerator: 2n, denominator: 10n }, steps: 4 }
  const stages = run({ growth }, tebibytes(1), { ...view, candidates: tight })
  expect(stages.map(({ kind, step }) => [kind, step])).toEqual([
    ['PRESENT', 0],
    ['GROWN', 1],
    ['GROWN', 2],
    ['GROWN', 3],
    ['GROWN', 4],
  ])
  expect(stages.map((stage) => stage.crossed.map(({ clusterId, limit }) => [clusterId, limit]))).toEqual([
    [],
    [],
    [[sampleClusterId(1), 'WRITTEN']],
    [
      [sampleClusterId(1), 'PROMISED'],
      [sampleClusterId(2), 'PROMISED'],
    ],
    [
      [sampleClusterId(1), 'PROMISED_RESIZE'],
      [sampleClusterId(2), 'PROMISED_RESIZE'],
    ],
  ])
  expect(stages.map((stage) => [stage.refused, stage.failingCount])).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 0],
    [1, 0],
  ])
})

test('clusters that join and growth together: the new one grows from nothing', () => {
  const growth = { ratePerStep: { numerator: 1n, denominator: 1n }, steps: 1 }
  const stages = run({ added: [sampleCandidate(3)], growth }, tebibytes(1))
  expect(stages.map(({ kind }) => kind)).toEqual(['PRESENT', 'CHANGED', 'GROWN'])
  expect(stages.at(-1)).toMatchObject({ placed: 1, peakRatio: { numerator: 20n * TIB } })
})

test('onboarding: how many find room, and after which of them a cluster is full', () => {
  const requests = tebibytes(8).map((request) => ({ ...request, replicas: 2 }))
  const [stage] = run({}, requests)
  expect(stage).toMatchObject({ placed: 4, placedBeforeFirstRefusal: 4, refused: 4 })
  expect(stage?.filled.toSorted((a, b) => a.clusterId.localeCompare(b.clusterId))).toMatchObject([
    { clusterId: sampleClusterId(1), limit: 'PROMISED' },
    { clusterId: sampleClusterId(2), limit: 'PROMISED' },
  ])
  expect(stage?.filled.map(({ afterPlaced }) => afterPlaced)).toEqual([3, 4])
})

test('a limit on the number of volumes is crossed and reached as the others are', () => {
  const policy = { ...view.policy, maxVolumesPerCluster: 2 }
  const candidates = [3, 1].map((volumeCount, index) =>
    sampleCandidate(index + 1, { figures: { volumeCount } }),
  )
  const [stage] = run({}, tebibytes(2), { ...view, candidates, policy })
  expect(stage).toMatchObject({
    crossed: [{ clusterId: sampleClusterId(1), limit: 'VOLUME_COUNT' }],
    filled: [{ clusterId: sampleClusterId(2), limit: 'VOLUME_COUNT', afterPlaced: 1 }],
    placed: 1,
    failing: [{ number: 2, reasons: [{ reason: 'TOO_MANY_VOLUMES', clusterCount: 2 }] }],
  })
})

test('what is promised grows whether an inventory has it already or not', () => {
  const growth = { ratePerStep: { numerator: 1n, denominator: 1n }, steps: 1 }
  const pending = view.candidates.map((candidate) => ({
    ...candidate,
    figures: candidate.figures && {
      ...candidate.figures,
      provisionedBytes: 0n,
      pendingBytes: candidate.figures.provisionedBytes,
    },
  }))
  const refusals = (candidates: typeof pending) =>
    run({ growth }, tebibytes(1), { ...view, candidates }).map(({ refused, peakRatio }) => [
      refused,
      peakRatio,
    ])
  expect(refusals(pending)).toEqual(refusals([...view.candidates]))
})
