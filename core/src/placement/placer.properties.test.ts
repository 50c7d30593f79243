import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LabelRequirement, PlacementPolicy } from '../policies/policy.ts'
import { obeys, rightChoices, yields } from '../testing/reference-placement.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import { addRatios, subtractRatios } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'
import { chargeCandidates, chargeGroups } from './charge.ts'
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

function placeInARow(
  requests: readonly PlacementRequest[],
  fleet: readonly Candidate[],
  policy: PlacementPolicy,
  groups: Groups,
): readonly (Candidate['clusterId'] | null)[] {
  const placer = new Placer(fleet, policy, nowMs, groups)
  return requests.map((request) => {
    const clusterId = placer.choose(request)
    if (clusterId) placer.charge({ request, clusterId })
    return clusterId
  })
}

test('without verdicts the answers are the same, one by one and many in a row', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, anyGroups, (requests, fleet, policy, groups) => {
      const chosen = placeInARow(requests, fleet, policy, groups)
      const placed = placeInOrder(requests, fleet, policy, nowMs, groups)
      expect(chosen).toEqual(placed.map((outcome) => outcome.clusterId))
      for (const request of requests) {
        const members = membersOf(groups, request)
        expect(new Placer(fleet, policy, nowMs, groups).choose(request)).toBe(
          placeVolume(request, fleet, policy, nowMs, members).clusterId,
        )
      }
    }),
    { numRuns: 1_000 },
  )
})

const EIB = 1n << 60n
/** A policy that allows more than the ledger can count, and clusters of which about as much has been promised. */
const BOUNDLESS: PlacementPolicy = {
  ...SAMPLE_POLICY,
  maxProvisionedRatio: { numerator: 1000n, denominator: 1n },
  maxProvisionedRatioForResize: { numerator: 1000n, denominator: 1n },
  expectedUseRatio: { numerator: 1n, denominator: 1_000_000n },
}
const anyImmense = (number: number): fc.Arbitrary<Candidate> =>
  fc
    .record({ left: fc.bigInt({ min: 0n, max: 8n }), oddBytes: fc.bigInt({ min: 0n, max: 2n }) })
    .map(({ left, oddBytes }) =>
      sampleCandidate(number, {
        figures: {
          effectiveBytes: EIB,
          freeBytes: EIB,
          provisionedBytes: (8n - left) * (EIB - 1n),
          pendingBytes: oddBytes,
        },
      }),
    )

test('no cluster is promised more than can be counted, whatever the policy allows', () => {
  const requests = fc.array(
    fc
      .record({
        sizeBytes: fc.oneof(fc.constant(EIB), fc.bigInt({ min: EIB - 8n, max: EIB })),
        replicas: fc.integer({ min: 1, max: 3 }),
        growsOn: fc.constantFrom(null, null, sampleClusterId(1)),
      })
      .map(sampleRequest),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(requests, anyImmense(1), anyImmense(2), (asked, ...fleet) => {
      const placed = placeInOrder(asked, fleet, BOUNDLESS, nowMs)
      expect(placeInARow(asked, fleet, BOUNDLESS, new Map())).toEqual(placed.map((each) => each.clusterId))
      const charges = placed.flatMap(({ clusterId }, index) =>
        clusterId && asked[index] ? [{ request: asked[index], clusterId }] : [],
      )
      for (const { figures } of chargeCandidates(fleet, charges)) {
        expect((figures?.provisionedBytes ?? 0n) + (figures?.pendingBytes ?? 0n)).toBeLessThan(2n ** 63n)
      }
      for (const [index, request] of asked.entries()) {
        const seen = chargeCandidates(
          fleet,
          charges.filter((charge) => asked.indexOf(charge.request) < index),
        )
        const right = rightChoices(request, seen, BOUNDLESS, new Map(), nowMs)
        const chosen = placed[index]?.clusterId ?? null
        expect(chosen === null ? [null] : right.map(({ clusterId }) => clusterId)).toContain(chosen)
        expect(chosen === null).toBe(right.length === 0)
      }
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
      const feasible = fleet.filter((candidate) => obeys(request, candidate, fleet, policy, members, nowMs))
      const qualified = verdicts.filter((verdict) => verdict.rejection === null)
      expect(new Set(qualified.map((verdict) => verdict.clusterId))).toEqual(
        new Set(feasible.map((candidate) => candidate.clusterId)),
      )
      const right = rightChoices(request, fleet, policy, members, nowMs).map((each) => each.clusterId)
      expect(clusterId === null).toBe(feasible.length === 0)
      if (clusterId === null) expect(right).toEqual([])
      else expect(right).toContain(clusterId)
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
      for (const [index, { score: own, terms, margin, isTie, yields: note }] of ranked.entries()) {
        const next = ranked[index + 1]
        expect(own).toEqual(terms.map((term) => term.value).reduce(addRatios))
        expect(margin).toEqual(next?.score && own ? subtractRatios(next.score, own) : null)
        if (next?.yields === note && margin) expect(margin.numerator >= 0n).toBe(true)
        const isLikeNext = next !== undefined && (next.yields === null) === (note === null)
        expect(isTie).toBe(isLikeNext && margin?.numerator === 0n)
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

test('many in a row are placed the same, in whatever order the clusters come', () => {
  const shuffled = anyFleet.chain((fleet) =>
    fc.tuple(fc.constant(fleet), fc.shuffledSubarray(fleet, { minLength: fleet.length })),
  )
  fc.assert(
    fc.property(anyRequests, shuffled, anyPolicy, anyGroups, (requests, [fleet, other], policy, groups) => {
      expect(placeInARow(requests, other, policy, groups)).toEqual(
        placeInARow(requests, fleet, policy, groups),
      )
    }),
  )
})

test('however many are placed, no cluster is taken past its limit', () => {
  const create = { numerator: 3n, denominator: 2n }
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, anyGroups, (requests, fleet, policy, groups) => {
      const placed = placeInARow(requests, fleet, policy, groups)
      for (const { clusterId, figures } of fleet) {
        const here = requests.filter((_request, index) => placed[index] === clusterId)
        if (!figures || here.length === 0) continue
        const grown = here.some((request) => request.growsOn !== null)
        const limit = grown ? policy.maxProvisionedRatioForResize : create
        const bytes = here.reduce((sum, each) => sum + each.sizeBytes * BigInt(each.replicas), 0n)
        const promised = figures.provisionedBytes + figures.pendingBytes + bytes
        expect(promised * limit.denominator <= limit.numerator * figures.effectiveBytes).toBe(true)
      }
    }),
    { numRuns: 500 },
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

test('whoever takes more than its cap does so because everybody else that has room would as well', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, anyPolicy, (requests, fleet, policy) => {
      let present: readonly Candidate[] = fleet
      for (const request of requests.filter((each) => each.growsOn === null && each.group === null)) {
        const { clusterId } = placeVolume(request, present, policy, nowMs)
        const feasible = present.filter((each) => obeys(request, each, present, policy, new Map(), nowMs))
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
