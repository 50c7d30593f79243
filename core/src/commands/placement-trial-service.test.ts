import { expect, test } from 'vitest'
import type { InvalidInputError } from '../errors.ts'
import { placeInOrder } from '../placement/place-in-order.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { HistoryRange, PlacementRecords, RecordedHistory } from '../ports/placement-records.ts'
import type { BackTestInput, WhatIfInput } from '../ports/placement-trials.ts'
import type { PolicyReader } from '../ports/policy-store.ts'
import { runAtOnce } from '../testing/run-at-once.ts'
import {
  GIB,
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import { createPlacementTrials } from './placement-trial-service.ts'

const fleet = [sampleCandidate(1), sampleCandidate(2)]
const requests = Array.from({ length: 4 }, (_, number) => sampleRequest({ volumeId: sampleVolumeId(number) }))
const history: RecordedHistory = {
  candidates: fleet,
  groups: new Map(),
  nowMs: NOW.getTime(),
  decisions: placeInOrder(requests, fleet, SAMPLE_POLICY, NOW.getTime()).flatMap(({ clusterId }, index) => {
    const request = requests[index]
    return request ? [{ request, clusterId, policy: SAMPLE_POLICY }] : []
  }),
  firstAt: NOW,
  lastAt: NOW,
  hasEarlier: true,
}

const stored = (policy: PlacementPolicy) => ({
  policy,
  document: { name: policy.name },
  createdAt: NOW,
  createdBy: 'alice',
})
const POLICIES = [
  SAMPLE_POLICY,
  { ...SAMPLE_POLICY, name: 'default', defaultReplicas: 1 },
  { ...SAMPLE_POLICY, name: 'tight', maxProvisionedRatio: { numerator: 2n, denominator: 10n } },
]

function trialsOn(records: Partial<PlacementRecords> = {}) {
  const ranges: HistoryRange[] = []
  const trials = createPlacementTrials({
    records: {
      readHistory: async (range) => {
        ranges.push(range)
        return history
      },
      readFleet: async () => ({ ...history, candidates: [...fleet, sampleCandidate(3)] }),
      readHeld: async () => [],
      readHeldVolumes: async () => [],
      ...records,
    },
    policies: {
      policiesByNames: async (names) =>
        names.map((name) => {
          const policy = POLICIES.find((each) => each.name === name)
          return policy ? stored(policy) : null
        }),
      listPolicies: async () => POLICIES.map(stored),
    } as Partial<PolicyReader> as PolicyReader,
    oneAtATime: (trial) => trial(),
    inSlices: async (work) => runAtOnce(work),
  })
  return { trials, ranges }
}

const backTest = (input: Partial<BackTestInput> = {}): BackTestInput => ({
  fleet: 'RECORDED',
  addClusters: [],
  withoutClusters: [],
  ...input,
})
const whatIf = (input: Partial<WhatIfInput> = {}): WhatIfInput => ({
  addClusters: [],
  loseClusters: [],
  onboard: [],
  ...input,
})
const added = { name: 'new', effectiveBytes: 100n * TIB, labels: {} }
const volumes = { count: 2, sizeBytes: TIB, project: 'p' }

async function faultsOf(answer: Promise<unknown>): Promise<string[]> {
  const error = await answer.then(
    () => null,
    (thrown: InvalidInputError) => thrown,
  )
  return error?.issues.map(({ path }) => path.join('.')) ?? []
}

test('the range reaches the records; what is absent is any', async () => {
  const { trials, ranges } = trialsOn()
  const report = await trials.backTest(backTest({ from: NOW, last: 7, decidedBy: 'gold' }))
  await trials.backTest(backTest())
  expect(ranges).toEqual([
    { from: NOW, to: null, limit: 7, policyName: 'gold' },
    { from: null, to: null, limit: 1_000, policyName: null },
  ])
  expect(report).toMatchObject({ decisionCount: 4, firstAt: NOW, hasEarlier: true, drifted: 0, changes: [] })
})

test('another policy, by name or as a document', async () => {
  const { trials } = trialsOn()
  const tight = { placed: 2, refused: 2 }
  expect((await trials.backTest(backTest({ policy: 'tight' }))).replayed).toMatchObject(tight)
  const document = { name: 'draft', limits: { maxProvisionedRatio: { create: '0.2' } } }
  const { replayed, baseline } = await trials.backTest(backTest({ document }))
  expect(replayed).toMatchObject(tight)
  expect(baseline).toMatchObject({ placed: 4, refused: 0 })
})

test('another fleet: with a cluster added, without one, or the present one', async () => {
  const { trials } = trialsOn()
  const joined = await trials.backTest(backTest({ addClusters: [added] }))
  expect(joined.changes.map(({ to }) => to && joined.clusterNames.get(to))).toEqual([
    'new',
    'new',
    'new',
    'new',
  ])
  const alone = await trials.backTest(backTest({ withoutClusters: [sampleClusterId(1)] }))
  expect(alone.changes.map(({ from, to }) => [from, to])).toEqual([
    [sampleClusterId(1), sampleClusterId(2)],
    [sampleClusterId(1), sampleClusterId(2)],
  ])
  const present = await trials.backTest(backTest({ fleet: 'PRESENT' }))
  expect(present.clusterNames.get(sampleClusterId(3))).toBe('cluster-3')
  expect(present.changes.some(({ to }) => to === sampleClusterId(3))).toBe(true)
})

test('a range without decisions is answered with nothing, not with a fault', async () => {
  const { trials } = trialsOn({ readHistory: async () => null })
  const report = await trials.backTest(backTest({ policy: 'tight', addClusters: [added] }))
  expect(report).toMatchObject({
    decisionCount: 0,
    firstAt: null,
    recorded: { placed: 0, refused: 0, peakRatio: null },
    changes: [],
  })
})

test('the default policy decides a what-if that names none, with its defaults', async () => {
  const { trials } = trialsOn()
  const report = await trials.whatIf(whatIf({ onboard: [volumes, { ...volumes, replicas: 3 }] }))
  expect(report).toMatchObject({ policyName: 'default', policyRevision: 7, displacedCount: 0 })
  expect(report.stages).toMatchObject([{ placed: 4, peakRatio: { numerator: 4n * TIB } }])
  const document = { name: 'draft' }
  expect(await trials.whatIf(whatIf({ document }))).toMatchObject({
    policyName: 'draft',
    policyRevision: null,
  })
})

test('clusters that join and go, growth, and what has to move', async () => {
  const request = sampleRequest({ volumeId: sampleVolumeId(9), sizeBytes: 90n * TIB, replicas: 1 })
  const held = [{ request, policyName: 'default' }]
  const { trials } = trialsOn({ readHeld: async (ids) => (ids.length > 0 ? held : []) })
  const { stages, displacedCount } = await trials.whatIf(
    whatIf({
      loseClusters: [sampleClusterId(3)],
      addClusters: [added],
      growth: { ratePerStep: '0.5', steps: 2 },
      onboard: [volumes],
    }),
  )
  expect(displacedCount).toBe(1)
  expect(stages.map(({ kind, step, placed, refused }) => [kind, step, placed, refused])).toEqual([
    ['PRESENT', 0, 2, 0],
    ['CHANGED', 0, 3, 0],
    ['GROWN', 1, 3, 0],
    ['GROWN', 2, 3, 0],
  ])
})

test('what has to move stays under its own policy, unless the question names one', async () => {
  const held = ['tight', 'default'].map((policyName, index) => ({
    request: sampleRequest({ volumeId: sampleVolumeId(index), sizeBytes: 3n * TIB, replicas: 1 }),
    policyName,
  }))
  const { trials } = trialsOn({ readHeld: async () => held })
  const failingUnder = async (choice: Partial<WhatIfInput>) => {
    const { stages } = await trials.whatIf(whatIf({ loseClusters: [sampleClusterId(3)], ...choice }))
    return stages[1]?.failing.map(({ number, policyName }) => [number, policyName])
  }
  expect(await failingUnder({})).toEqual([[1, 'tight']])
  expect(await failingUnder({ policy: 'default' })).toEqual([])
  expect(await failingUnder({ policy: 'tight' })).toEqual([
    [1, 'tight'],
    [2, 'tight'],
  ])
  expect(await failingUnder({ document: { name: 'tight' } })).toEqual([])
})

test('a cluster that one of several policies does not see yet takes nothing', async () => {
  const request = sampleRequest({ volumeId: sampleVolumeId(9), sizeBytes: GIB })
  const { trials } = trialsOn({
    readHeld: async () => [{ request, policyName: 'tight' }],
    readFleet: async ({ name }) => ({
      ...history,
      candidates: name === 'tight' ? fleet : [...fleet, sampleCandidate(3)],
    }),
  })
  const { stages } = await trials.whatIf(whatIf({ loseClusters: [sampleClusterId(1)], onboard: [volumes] }))
  expect(stages[1]).toMatchObject({ kind: 'CHANGED', placed: 3, refused: 0 })
})

test.each<[name: string, input: Partial<BackTestInput>, paths: string[]]>([
  ['an end before the beginning', { from: NOW, to: NOW }, ['input.to']],
  ['no decisions', { last: 0 }, ['input.last']],
  ['too many decisions', { last: 10_001 }, ['input.last']],
  ['two policies', { policy: 'tight', document: { name: 'a' } }, ['input.document']],
  ['a policy that is none', { policy: 'none' }, ['input.policy']],
  ['a document with faults', { document: { name: 'A' } }, ['input.document.name']],
  ['a cluster that is not there', { withoutClusters: [sampleClusterId(7)] }, ['input.withoutClusters.0']],
  ['a name that is taken', { addClusters: [{ ...added, name: 'cluster-1' }] }, ['input.addClusters.0.name']],
  ['one name twice', { addClusters: [added, added] }, ['input.addClusters.1.name']],
  [
    'a cluster with faults',
    { addClusters: [{ name: 'a b', effectiveBytes: 0n, labels: { 'a b': 'c' }, maxReplicas: 4 }] },
    ['name', 'effectiveBytes', 'labels', 'maxReplicas'].map((field) => `input.addClusters.0.${field}`),
  ],
])('refused with its path: a back-test of %s', async (_name, input, paths) => {
  expect(await faultsOf(trialsOn().trials.backTest(backTest(input)))).toEqual(paths)
})

test.each<[name: string, input: Partial<WhatIfInput>, paths: string[]]>([
  [
    'growth with faults',
    { growth: { ratePerStep: '-1', steps: 121 } },
    ['input.growth.ratePerStep', 'input.growth.steps'],
  ],
  ['growth past the bound', { growth: { ratePerStep: '10.1', steps: 1 } }, ['input.growth.ratePerStep']],
  [
    'volumes with faults',
    { onboard: [{ count: 0, sizeBytes: 1n, replicas: 4, project: 'P', group: '' }] },
    ['count', 'sizeBytes', 'project', 'replicas', 'group'].map((field) => `input.onboard.0.${field}`),
  ],
  ['a cluster that is not there', { loseClusters: [sampleClusterId(7)] }, ['input.loseClusters.0']],
  ['too many requests', { onboard: [5_001, 5_000].map((count) => ({ ...volumes, count })) }, ['input']],
  [
    'too many requests over all stages',
    { onboard: [{ ...volumes, count: 1_000 }], growth: { ratePerStep: '0.1', steps: 100 } },
    ['input'],
  ],
])('refused with its path: a what-if of %s', async (_name, input, paths) => {
  expect(await faultsOf(trialsOn().trials.whatIf(whatIf(input)))).toEqual(paths)
})

test('what lost clusters hold counts as requests', async () => {
  const held = Array.from({ length: 10_001 }, (_, number) => ({
    request: sampleRequest({ volumeId: sampleVolumeId(number), sizeBytes: GIB }),
    policyName: 'default',
  }))
  const { trials } = trialsOn({ readHeld: async () => held })
  expect(await faultsOf(trials.whatIf(whatIf({ loseClusters: [sampleClusterId(1)] })))).toEqual(['input'])
})
