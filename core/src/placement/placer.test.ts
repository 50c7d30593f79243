import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LabelRequirement, PlacementPolicy } from '../policies/policy.ts'
import { obeys, score, yields } from '../testing/reference-placement.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import { addRatios, compareRatios, subtractRatios } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'
import { chargeCandidates, chargeGroups } from './charge.ts'
import { chooseCluster } from './choose-cluster.ts'
import { type GroupMembers, type Groups, membersOf } from './group-counts.ts'
import { placeInOrder } from './place-in-order.ts'
import { placeVolume } from './place-volume.ts'
import type { PlacementRequest } from './placement-request.ts'
import { Placer } from './placer.ts'

const nowMs = NOW.getTime()
const HOUR_MS = 3_600_000

const anyLabels = fc
  .record(
    { site: fc.constantFrom('a', 'b', 'c'), tier: fc.constantFrom('fast', 'slow') },
    { requiredKeys: [] },
  )
  .map((labels): Record<string, string> => labels)

/** Mostly fit for use, of a few sizes and fillings, so that scores are often near to each other or equal. */
const anyCandidate = (number: number): fc.Arbitrary<Candidate> =>
  fc
    .record({
      labels: anyLabels,
      joinedAtMs: fc.constantFrom(0, nowMs - HOUR_MS, nowMs - HOUR_MS / 4, nowMs),
      recentTebibytes: fc.bigInt({ min: 0n, max: 12n }),
      health: fc.constantFrom('OK' as const, 'OK' as const, 'OK' as const, 'WARNING' as const),
      adminState: fc.constantFrom(
        'ACTIVE' as const,
        'ACTIVE' as const,
        'ACTIVE' as const,
        'CORDONED' as const,
      ),
      tebibytes: fc.bigInt({ min: 1n, max: 6n }),
      percent: fc.bigInt({ min: 0n, max: 150n }),
      oddBytes: fc.bigInt({ min: 0n, max: 2n }),
      freePercent: fc.bigInt({ min: 5n, max: 100n }),
      volumeCount: fc.nat(6),
      maxReplicas: fc.constantFrom(3, 3, 2),
    })
    .map(
      ({ tebibytes, percent, oddBytes, freePercent, recentTebibytes, volumeCount, maxReplicas, ...rest }) => {
        const effectiveBytes = tebibytes * 8n * TIB
        return sampleCandidate(number, {
          ...rest,
          recentBytes: recentTebibytes * TIB,
          figures: {
            effectiveBytes,
            provisionedBytes: (effectiveBytes * percent) / 100n + oddBytes,
            freeBytes: (effectiveBytes * freePercent) / 100n,
            volumeCount,
            maxReplicas,
          },
        })
      },
    )
const anyFleet = fc
  .nat(6)
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, number) => anyCandidate(number))))

const anyRequirement = fc.constantFrom<LabelRequirement>(
  { key: 'site', operator: 'In', values: ['a', 'b'] },
  { key: 'site', operator: 'NotIn', values: ['c'] },
  { key: 'tier', operator: 'Exists', values: [] },
  { key: 'tier', operator: 'DoesNotExist', values: [] },
)
const anyPolicy: fc.Arbitrary<PlacementPolicy> = fc
  .record({
    require: fc.uniqueArray(anyRequirement, { maxLength: 1 }),
    prefer: fc.array(
      fc.tuple(anyRequirement, fc.bigInt({ min: 0n, max: 100n })).map(([requirement, numerator]) => ({
        ...requirement,
        weight: { numerator, denominator: 100n },
      })),
      { maxLength: 2 },
    ),
    spread: fc.option(
      fc.record({
        label: fc.constantFrom('cluster', 'site'),
        mode: fc.constantFrom('SPREAD' as const, 'ANTI_AFFINITY' as const),
        maxPerValue: fc.constantFrom(1, 2, null),
      }),
    ),
    share: fc.option(
      fc.record({
        cap: fc.bigInt({ min: 1n, max: 100n }).map((numerator) => ({ numerator, denominator: 100n })),
        windowMs: fc.constant(HOUR_MS),
        rampMs: fc.constantFrom(0, HOUR_MS),
      }),
    ),
    ranking: fc.constantFrom('LOWEST_PROJECTED_RATIO' as const, 'LOWEST_CURRENT_RATIO' as const),
    allowDegraded: fc.boolean(),
    maxVolumeSizeBytes: fc.constantFrom(null, 3n * TIB),
    maxVolumesPerCluster: fc.constantFrom(null, 6),
    expectedUseRatio: fc.constantFrom({ numerator: 1n, denominator: 3n }, { numerator: 0n, denominator: 1n }),
  })
  .map((fields) => ({ ...SAMPLE_POLICY, ...fields }))

const anyRequest = (number: number): fc.Arbitrary<PlacementRequest> =>
  fc
    .record({
      sizeBytes: fc.oneof(
        fc.bigInt({ min: 1n, max: 4n }).map((tebibytes) => tebibytes * TIB),
        fc.bigInt({ min: 1n, max: 40n * TIB }),
      ),
      replicas: fc.integer({ min: 1, max: 3 }),
      group: fc.constantFrom(null, 'g', 'h'),
      growsOn: fc.constantFrom(null, null, null, sampleClusterId(0)),
      pinnedTo: fc.constantFrom(null, null, null, sampleClusterId(0), sampleClusterId(2)),
      excludedClusterIds: fc.subarray([sampleClusterId(1)]),
    })
    .map((fields) => sampleRequest({ volumeId: sampleVolumeId(number), ...fields }))
const anyRequests = fc
  .integer({ min: 1, max: 12 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, number) => anyRequest(number))))

const anyGroups: fc.Arbitrary<Groups> = fc
  .dictionary(fc.constantFrom('0', '1', '2'), fc.integer({ min: 1, max: 2 }))
  .map(
    (counts): GroupMembers =>
      new Map(Object.entries(counts).map(([number, count]) => [sampleClusterId(Number(number)), count])),
  )
  .map((members) => new Map([['g', members]]))

test('without verdicts the answers are the same, one by one and many in a row', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, anyGroups, (requests, fleet, policy, groups) => {
      const placer = new Placer(fleet, policy, nowMs, groups)
      const chosen = requests.map((request) => {
        const clusterId = placer.choose(request)
        if (clusterId) placer.charge({ request, clusterId })
        return clusterId
      })
      const placed = placeInOrder(requests, fleet, policy, nowMs, groups)
      expect(chosen).toEqual(placed.map((outcome) => outcome.clusterId))
      for (const request of requests) {
        const members = membersOf(groups, request)
        expect(chooseCluster(request, fleet, policy, nowMs, members)).toBe(
          placeVolume(request, fleet, policy, nowMs, members).clusterId,
        )
      }
    }),
    { numRuns: 1_000 },
  )
})

test('so are they at the limit to the byte, where floats no longer tell sizes apart', () => {
  const effectiveBytes = 2n ** 62n + 1n
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: -2n, max: 2n }), (odd, beyond) => {
      const figures = { effectiveBytes, freeBytes: effectiveBytes, provisionedBytes: 2n ** 61n + odd }
      const fleet = [sampleCandidate(0, { figures })]
      const limit = (effectiveBytes * 3n) / 2n - figures.provisionedBytes
      const request = sampleRequest({ sizeBytes: limit + beyond, replicas: 1 })
      const chosen = chooseCluster(request, fleet, SAMPLE_POLICY, nowMs)
      expect(chosen !== null).toBe(beyond <= 0n)
      expect(chosen).toBe(placeVolume(request, fleet, SAMPLE_POLICY, nowMs).clusterId)
    }),
  )
})

test('a preview of many is what placing them one by one gives, with everything written in between', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, anyGroups, (requests, fleet, policy, groups) => {
      const written: { request: PlacementRequest; clusterId: Candidate['clusterId'] }[] = []
      const oneByOne = requests.map((request) => {
        const present = chargeCandidates(fleet, written)
        const members = membersOf(chargeGroups(groups, written), request)
        const outcome = placeVolume(request, present, policy, nowMs, members)
        if (outcome.clusterId) written.push({ request, clusterId: outcome.clusterId })
        return outcome
      })
      expect(placeInOrder(requests, fleet, policy, nowMs, groups)).toEqual(oneByOne)
    }),
  )
})

test('what is chosen obeys the policy, by arithmetic of its own, and is the best of those that do', () => {
  fc.assert(
    fc.property(anyRequest(1), anyFleet, anyPolicy, anyGroups, (request, fleet, policy, groups) => {
      const members = membersOf(groups, request)
      const { clusterId, verdicts } = placeVolume(request, fleet, policy, nowMs, members)
      const feasible = fleet.filter((candidate) => obeys(request, candidate, fleet, policy, members))
      const qualified = verdicts.filter((verdict) => verdict.rejection === null)
      expect(new Set(qualified.map((verdict) => verdict.clusterId))).toEqual(
        new Set(feasible.map((candidate) => candidate.clusterId)),
      )
      expect(clusterId === null).toBe(feasible.length === 0)
      const eager = feasible.filter((candidate) => !yields(request, candidate, feasible, policy, nowMs))
      const eligible = eager.length > 0 ? eager : feasible
      const chosen = eligible.find((candidate) => candidate.clusterId === clusterId)
      expect(chosen === undefined).toBe(eligible.length === 0)
      for (const other of eligible) {
        const isBest =
          chosen &&
          compareRatios(
            score(request, chosen, fleet, policy, members),
            score(request, other, fleet, policy, members),
          ) <= 0
        expect(isBest).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('verdicts agree with the outcome: ranks, sums of terms, margins, and what would make one pass', () => {
  fc.assert(
    fc.property(anyRequest(1), anyFleet, anyPolicy, anyGroups, (request, fleet, policy, groups) => {
      const members = membersOf(groups, request)
      const { clusterId, verdicts } = placeVolume(request, fleet, policy, nowMs, members)
      const ranked = verdicts.filter((verdict) => verdict.rank !== null)
      expect(ranked.map((verdict) => verdict.rank)).toEqual(ranked.map((_verdict, index) => index + 1))
      expect(ranked[0]?.clusterId ?? null).toBe(clusterId)
      for (const [index, { score: own, terms, margin, yields: note }] of ranked.entries()) {
        const next = ranked[index + 1]
        expect(own).toEqual(terms.map((term) => term.value).reduce(addRatios))
        expect(margin).toEqual(next?.score && own ? subtractRatios(next.score, own) : null)
        if (next?.yields === note && margin) expect(margin.numerator >= 0n).toBe(true)
      }
      for (const { clusterId: id, rejection } of verdicts) {
        if (rejection) expect(rejection.remedy).not.toBe('')
        const fitting = rejection?.fittingSizeBytes
        if (!fitting) continue
        const reasonFor = (sizeBytes: bigint) =>
          placeVolume({ ...request, sizeBytes }, fleet, policy, nowMs, members).verdicts.find(
            (verdict) => verdict.clusterId === id,
          )?.rejection?.reason
        expect(reasonFor(fitting)).not.toBe(rejection.reason)
        expect(reasonFor(fitting + 1n)).toBe(rejection.reason)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('the same input gives the same answer, in whatever order the clusters come', () => {
  const shuffled = anyFleet.chain((fleet) =>
    fc.tuple(fc.constant(fleet), fc.shuffledSubarray(fleet, { minLength: fleet.length })),
  )
  fc.assert(
    fc.property(anyRequest(1), shuffled, anyPolicy, anyGroups, (request, [fleet, other], policy, groups) => {
      const members = membersOf(groups, request)
      expect(placeVolume(request, other, policy, nowMs, members)).toEqual(
        placeVolume(request, fleet, policy, nowMs, members),
      )
    }),
  )
})

/**
 * Share and score only order; refusals of one candidate look at no other one, but for the group limit, which counts
 * members over all clusters with the same value. So a cluster that brings no member of the group takes nothing away.
 */
test('another cluster, without members of the group, never makes a possible request impossible', () => {
  fc.assert(
    fc.property(
      anyRequest(1),
      anyFleet,
      anyCandidate(99),
      anyPolicy,
      anyGroups,
      (request, fleet, joining, policy, groups) => {
        const members = membersOf(groups, request)
        const before = placeVolume(request, fleet, policy, nowMs, members).clusterId
        const after = placeVolume(request, [...fleet, joining], policy, nowMs, members).clusterId
        if (before !== null) expect(after).not.toBeNull()
      },
    ),
    { numRuns: 500 },
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

test('whoever takes more than its cap does so because everybody else that has room would as well', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, (requests, fleet, policy) => {
      let present: readonly Candidate[] = fleet
      for (const request of requests.filter((each) => each.growsOn === null && each.group === null)) {
        const { clusterId } = placeVolume(request, present, policy, nowMs)
        const feasible = present.filter((each) => obeys(request, each, present, policy, new Map()))
        const chosen = feasible.find((each) => each.clusterId === clusterId)
        if (!chosen) continue
        if (yields(request, chosen, feasible, policy, nowMs)) {
          expect(feasible.every((each) => yields(request, each, feasible, policy, nowMs))).toBe(true)
        }
        present = chargeCandidates(present, [{ request, clusterId: chosen.clusterId }])
      }
    }),
  )
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
