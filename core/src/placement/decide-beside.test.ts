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
import { chargeCandidates, chargeGroups } from './charge.ts'
import { decideBeside } from './decide-beside.ts'
import { membersOf } from './group-counts.ts'
import { placeInOrder } from './place-in-order.ts'
import { placeVolume } from './place-volume.ts'

const nowMs = NOW.getTime()
const fleet = [
  sampleCandidate(1, { labels: { site: 'a' } }),
  sampleCandidate(2, { labels: { site: 'b' } }),
  sampleCandidate(3, { labels: { site: 'c' } }),
]
const requests = Array.from({ length: 12 }, (_, number) =>
  sampleRequest({
    volumeId: sampleVolumeId(number),
    sizeBytes: BigInt(1 + (number % 3)) * TIB,
    group: number % 2 === 0 ? 'db' : null,
  }),
)
const outcomes = placeInOrder(requests, fleet, SAMPLE_POLICY, nowMs)
const state = { candidates: fleet, groups: new Map(), nowMs }
const decisions = requests.map((request, index) => ({
  request,
  clusterId: outcomes[index]?.clusterId ?? null,
}))
const prefersA = {
  ...SAMPLE_POLICY,
  name: 'prefers-a',
  prefer: [
    { key: 'site', operator: 'In', values: ['a'], weight: { numerator: 1n, denominator: 10n } } as const,
  ],
}

test('the policy beside itself never differs, refusals included', () => {
  expect(decisions.some(({ clusterId }) => clusterId === null)).toBe(true)
  for (const { clusterId, shadowClusterId, ratio, shadowRatio } of decideBeside(
    state,
    decisions,
    SAMPLE_POLICY,
  )) {
    expect([shadowClusterId, ratio, shadowRatio]).toEqual([clusterId, null, null])
  }
})

test.each([
  ['a preference', prefersA],
  ['groups apart', { ...SAMPLE_POLICY, spread: { label: 'site', mode: 'SPREAD', maxPerValue: 1 } as const }],
  ['a tighter limit', { ...SAMPLE_POLICY, maxProvisionedRatio: { numerator: 1n, denominator: 2n } }],
  ['a wider limit', { ...SAMPLE_POLICY, maxProvisionedRatio: { numerator: 9n, denominator: 1n } }],
])('%s: each request is decided on the fleet as it was really charged', (_case, shadow) => {
  const comparisons = [...decideBeside(state, decisions, shadow)]
  expect(comparisons).toHaveLength(requests.length)
  expect(comparisons.some(({ clusterId, shadowClusterId }) => clusterId !== shadowClusterId)).toBe(true)
  for (const [index, { clusterId, shadowClusterId, ratio, shadowRatio }] of comparisons.entries()) {
    const request = requests[index] ?? sampleRequest()
    const charges = decisions
      .slice(0, index)
      .flatMap((each) => (each.clusterId ? [{ request: each.request, clusterId: each.clusterId }] : []))
    const candidates = chargeCandidates(fleet, charges)
    const members = membersOf(chargeGroups(state.groups, charges), request)
    const { verdicts, ...expected } = placeVolume(request, candidates, shadow, nowMs, members)
    expect(shadowClusterId).toBe(expected.clusterId)
    expect(clusterId).toBe(decisions[index]?.clusterId)
    if (clusterId === shadowClusterId) continue
    const ratioOn = (id: typeof clusterId) =>
      id && verdicts.find((verdict) => verdict.clusterId === id)?.projectedRatio
    expect([ratio, shadowRatio]).toEqual([ratioOn(clusterId), ratioOn(shadowClusterId)])
  }
})

test('growth is compared on its own cluster', () => {
  const growth = sampleRequest({ sizeBytes: TIB, growsOn: sampleClusterId(1) })
  const grown = [{ request: growth, clusterId: sampleClusterId(1) }]
  const tight = { ...SAMPLE_POLICY, maxProvisionedRatioForResize: { numerator: 0n, denominator: 1n } }
  expect([...decideBeside(state, grown, prefersA)]).toMatchObject([{ shadowClusterId: sampleClusterId(1) }])
  expect([...decideBeside(state, grown, tight)]).toMatchObject([{ shadowClusterId: null }])
})
