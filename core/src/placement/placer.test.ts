import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlacementPolicy } from '../policies/policy.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import type { Candidate } from './candidate.ts'
import { placeInOrder } from './place-in-order.ts'
import { placeVolume } from './place-volume.ts'
import { Placer } from './placer.ts'

const nowMs = NOW.getTime()
const HOUR_MS = 3_600_000

test('with and without verdicts the answers are the same at the limit to the byte, where floats no longer tell sizes apart', () => {
  const effectiveBytes = 2n ** 62n + 1n
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: -2n, max: 2n }), (odd, beyond) => {
      const figures = { effectiveBytes, freeBytes: effectiveBytes, provisionedBytes: 2n ** 61n + odd }
      const fleet = [sampleCandidate(0, { figures })]
      const limit = (effectiveBytes * 3n) / 2n - figures.provisionedBytes
      const request = sampleRequest({ sizeBytes: limit + beyond, replicas: 1 })
      const chosen = new Placer(fleet, SAMPLE_POLICY, nowMs).choose(request)
      expect(chosen !== null).toBe(beyond <= 0n)
      expect(chosen).toBe(placeVolume(request, fleet, SAMPLE_POLICY, nowMs).clusterId)
    }),
  )
})

test('a cluster that brings members of the group may: they count where they stand', () => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    spread: { label: 'site', mode: 'ANTI_AFFINITY', maxPerValue: 1 },
  }
  const request = sampleRequest({ group: 'g' })
  const [here, joining] = [1, 2].map((number) => sampleCandidate(number, { labels: { site: 'a' } }))
  const members = new Map([[sampleClusterId(2), 1]])
  if (!here || !joining) throw new Error('two candidates were made')
  expect(placeVolume(request, [here], policy, nowMs, members).clusterId).toBe(here.clusterId)
  const { verdicts } = placeVolume(request, [here, joining], policy, nowMs, members)
  expect(verdicts.map((verdict) => verdict.rejection)).toMatchObject([
    { reason: 'GROUP_LIMIT', explanation: 'site=a holds 1 of group g, at most 1 allowed' },
    { reason: 'GROUP_LIMIT' },
  ])
})

test('a cluster that joins empty takes at most its cap of the window, from the first request on', () => {
  const cap = { numerator: 1n, denominator: 4n }
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    share: { cap, windowMs: HOUR_MS, rampMs: 0 },
  }
  const busy = Array.from({ length: 9 }, (_, number) =>
    sampleCandidate(number, {
      recentBytes: 20n * TIB,
      figures: { effectiveBytes: 1000n * TIB, freeBytes: 1000n * TIB, provisionedBytes: 600n * TIB },
    }),
  )
  const joining = sampleCandidate(9, {
    joinedAtMs: nowMs,
    figures: { effectiveBytes: 1000n * TIB, freeBytes: 1000n * TIB },
  })
  const requests = Array.from({ length: 100 }, (_, number) =>
    sampleRequest({ volumeId: sampleVolumeId(number), replicas: 1 }),
  )
  const takenUnder = (share: PlacementPolicy['share']) =>
    placeInOrder(requests, [...busy, joining], { ...policy, share }, nowMs).filter(
      (outcome) => outcome.clusterId === joining.clusterId,
    ).length
  expect(takenUnder(null)).toBe(100)
  expect(takenUnder(policy.share)).toBe(70)
  expect(takenUnder({ cap, windowMs: HOUR_MS, rampMs: HOUR_MS })).toBe(0)
  const half = requests.slice(0, 1)
  const [outcome] = placeInOrder(half, [...busy, { ...joining, recentBytes: 80n * TIB }], policy, nowMs)
  expect(outcome?.clusterId).not.toBe(joining.clusterId)
  expect(outcome?.verdicts.at(-1)).toMatchObject({ clusterId: joining.clusterId, rank: 10 })
  expect(outcome?.verdicts.at(-1)?.yields).toContain(
    'would hold 0.310 of the recent placements, at most 0.250',
  )
})

test('however many have had their share, the best of those that have not is chosen, with and without verdicts', () => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    share: { cap: { numerator: 1n, denominator: 10n }, windowMs: HOUR_MS, rampMs: 0 },
  }
  const cluster = fc.record({ hadMuch: fc.boolean(), provisionedTib: fc.bigInt({ min: 0n, max: 900n }) })
  let passedOver = 0
  fc.assert(
    fc.property(fc.array(cluster, { minLength: 16, maxLength: 24 }), (clusters) => {
      const fleet = clusters.map(({ hadMuch, provisionedTib }, number) =>
        sampleCandidate(number, {
          recentBytes: hadMuch ? 50n * TIB : TIB,
          figures: {
            effectiveBytes: 1000n * TIB,
            freeBytes: 1000n * TIB,
            provisionedBytes: provisionedTib * TIB,
          },
        }),
      )
      const request = sampleRequest({ replicas: 1 })
      const { clusterId, verdicts } = placeVolume(request, fleet, policy, nowMs)
      expect(new Placer(fleet, policy, nowMs).choose(request)).toBe(clusterId)
      passedOver = Math.max(passedOver, verdicts.filter((verdict) => verdict.yields !== null).length)
    }),
  )
  expect(passedOver).toBeGreaterThan(4)
})

test('members of a group go to different sites first, to the emptiest cluster there, then as balance says', () => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    spread: { label: 'site', mode: 'SPREAD', maxPerValue: null },
  }
  const fleet = ['a', 'a', 'b', 'c'].map((site, number) =>
    sampleCandidate(number, {
      labels: { site },
      figures: { provisionedBytes: BigInt(number) * TIB },
    }),
  )
  const requests = [1, 2, 3, 4].map((number) =>
    sampleRequest({ volumeId: sampleVolumeId(number), sizeBytes: TIB / 8n, group: 'g' }),
  )
  const placed = placeInOrder(requests, fleet, policy, nowMs).map((outcome) => outcome.clusterId)
  expect(placed).toEqual([0, 2, 3, 0].map((index) => fleet[index]?.clusterId))
})

test('a preference is worth its weight in ratio, and no more', () => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    prefer: [{ key: 'tier', operator: 'In', values: ['fast'], weight: { numerator: 1n, denominator: 10n } }],
  }
  const plain = sampleCandidate(1)
  const fast = (provisionedBytes: bigint) =>
    sampleCandidate(2, { labels: { tier: 'fast' }, figures: { provisionedBytes } })
  const place = (other: Candidate) => placeVolume(sampleRequest(), [plain, other], policy, nowMs)
  expect(place(fast(TIB - 1n)).clusterId).toBe(sampleClusterId(2))
  expect(place(fast(TIB + 1n)).clusterId).toBe(sampleClusterId(1))
  expect(place(fast(0n)).verdicts[0]?.terms).toMatchObject([
    { name: 'PROJECTED_RATIO' },
    { name: 'PREFERENCE', explanation: 'tier In [fast]', value: { numerator: -1n, denominator: 10n } },
  ])
})
