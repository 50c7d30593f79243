import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rightChoices } from '../testing/reference-placement.ts'
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
import type { Candidate, CandidateFigures } from './candidate.ts'
import { NO_MEMBERS } from './group-counts.ts'
import { placeVolume } from './place-volume.ts'
import type { PlacementRequest } from './placement-request.ts'
import type { RejectionReason } from './verdict.ts'

const nowMs = NOW.getTime()
const place = (request: PlacementRequest, candidates: readonly Candidate[]) =>
  placeVolume(request, candidates, SAMPLE_POLICY, nowMs)

/** The sample request is 1 TiB in two replicas; the sample cluster is an empty one of 10 TiB. */
test.each<[name: string, candidate: Candidate, reason: RejectionReason]>([
  ['cordoned', sampleCandidate(1, { adminState: 'CORDONED' }), 'CORDONED'],
  ['draining', sampleCandidate(1, { adminState: 'DRAINING' }), 'DRAINING'],
  ['never reached', sampleCandidate(1, { connection: 'PENDING' }), 'NOT_CONNECTED'],
  ['disconnected', sampleCandidate(1, { connection: 'DISCONNECTED' }), 'NOT_CONNECTED'],
  ['unauthorized', sampleCandidate(1, { connection: 'UNAUTHORIZED' }), 'NOT_CONNECTED'],
  ['quarantined', sampleCandidate(1, { connection: 'QUARANTINED' }), 'NOT_CONNECTED'],
  ['of unknown health', sampleCandidate(1, { health: 'UNKNOWN' }), 'UNHEALTHY'],
  ['in error', sampleCandidate(1, { health: 'ERROR' }), 'UNHEALTHY'],
  ['never observed', sampleCandidate(1, { figures: null }), 'NOT_OBSERVED'],
  ['observed too long ago', withFigures({ observedAtMs: nowMs - 45_001 }), 'OBSERVATION_TOO_OLD'],
  ['observed too far ahead', withFigures({ observedAtMs: nowMs + 45_001 }), 'OBSERVATION_TOO_OLD'],
  ['short of replicas', withFigures({ maxReplicas: 1 }), 'TOO_FEW_REPLICAS'],
  ['without capacity', withFigures({ effectiveBytes: 0n }), 'NO_EFFECTIVE_CAPACITY'],
  ['one byte over the promised limit', withFigures({ provisionedBytes: 13n * TIB + 1n }), 'PROMISED_LIMIT'],
  ['over it by pending bytes alone', withFigures({ pendingBytes: 13n * TIB + 1n }), 'PROMISED_LIMIT'],
  ['one byte below the written floor', withFigures({ freeBytes: 1536n * GIB - 1n }), 'WRITTEN_LIMIT'],
  [
    'below it by pending bytes',
    withFigures({ freeBytes: 2n * TIB, pendingBytes: 2n * TIB + 4n }),
    'WRITTEN_LIMIT',
  ],
])('a cluster that is %s is refused', (_name, candidate, reason) => {
  const { clusterId, verdicts } = place(sampleRequest(), [candidate])
  expect(clusterId).toBeNull()
  expect(verdicts[0]).toMatchObject({ clusterId: candidate.clusterId, rank: null, rejection: { reason } })
  expect(verdicts[0]?.rejection?.explanation).not.toBe('')
})

test.each<[name: string, candidate: Candidate]>([
  ['with a warning', sampleCandidate(1, { health: 'WARNING' })],
  ['observed as long ago as allowed', withFigures({ observedAtMs: nowMs - 45_000 })],
  ['observed a little ahead of our clock', withFigures({ observedAtMs: nowMs + 45_000 })],
  ['with just the replicas asked for', withFigures({ maxReplicas: 2 })],
  ['exactly at the promised limit', withFigures({ provisionedBytes: 12n * TIB, pendingBytes: TIB })],
  ['exactly at the written floor', withFigures({ freeBytes: 1536n * GIB })],
])('a cluster %s is taken', (_name, candidate) => {
  expect(place(sampleRequest(), [candidate]).clusterId).toBe(candidate.clusterId)
})

test('a cluster that has refused the volume before is not asked again', () => {
  const request = sampleRequest({ excludedClusterIds: [sampleClusterId(1)] })
  const { clusterId, verdicts } = place(request, [sampleCandidate(1), sampleCandidate(2)])
  expect(clusterId).toBe(sampleClusterId(2))
  expect(verdicts[1]?.rejection?.reason).toBe('EXCLUDED')
})

test('a refusal says by how many bytes', () => {
  const over = withFigures({ provisionedBytes: 13n * TIB + 5n })
  expect(place(sampleRequest(), [over]).verdicts[0]?.rejection?.shortfallBytes).toBe(5n)
  const full = withFigures({ freeBytes: 1536n * GIB - 7n })
  expect(place(sampleRequest(), [full]).verdicts[0]?.rejection?.shortfallBytes).toBe(7n)
})

test('a ratio just over the limit also reads as over it', () => {
  const over = withFigures({ provisionedBytes: 13n * TIB + 1n })
  expect(place(sampleRequest(), [over]).verdicts[0]?.rejection?.explanation).toContain(
    'would be 1.51 of 1.50 allowed',
  )
})

test('a limit reads as it was written, and what is over it by less as over it', () => {
  const policy = { ...SAMPLE_POLICY, maxProvisionedRatio: { numerator: 1337n, denominator: 1000n } }
  const over = withFigures({ effectiveBytes: 1_000_000n * GIB, provisionedBytes: 1_335_100n * GIB })
  const { verdicts } = placeVolume(sampleRequest(), [over], policy, nowMs)
  expect(verdicts[0]?.rejection?.explanation).toContain('would be 1.338 of 1.337 allowed')
})

test('what is advised would pass: less is rounded down, and more room up', () => {
  const over = withFigures({ provisionedBytes: 13n * TIB + 4n * GIB })
  expect(place(sampleRequest(), [over]).verdicts[0]?.rejection).toMatchObject({
    fittingSizeBytes: TIB - 2n * GIB,
    remedy: expect.stringMatching(/^ask for at most 1022 GiB, delete 4.00 GiB .*, or add 2.67 GiB of/),
  })
  const nothing = { ...SAMPLE_POLICY, maxProvisionedRatio: { numerator: 0n, denominator: 1n } }
  const { verdicts } = placeVolume(sampleRequest(), [over], nothing, nowMs)
  expect(verdicts[0]?.rejection?.remedy).toMatch(/^delete [^,]+ there$/)
})

test('past what can be counted a refusal says so, with what would still fit', () => {
  const boundless = { ...SAMPLE_POLICY, maxProvisionedRatio: { numerator: 1000n, denominator: 1n } }
  const immense = { effectiveBytes: 2n ** 60n, freeBytes: 2n ** 60n }
  const full = withFigures({ ...immense, provisionedBytes: 2n ** 63n - TIB - 1n })
  const { verdicts } = placeVolume(sampleRequest(), [full], boundless, nowMs)
  expect(verdicts[0]?.rejection).toEqual({
    reason: 'PROMISED_LIMIT',
    explanation: 'needs 2.00 TiB beside 8.00 EiB, of 8.00 EiB that can be promised of any cluster',
    remedy: 'ask for at most 512 GiB, or delete 1.00 TiB of what is promised there',
    shortfallBytes: TIB,
    fittingSizeBytes: TIB / 2n,
  })
})

test('every replica counts', () => {
  const candidate = withFigures({ provisionedBytes: 12n * TIB + 1n })
  expect(place(sampleRequest({ replicas: 2 }), [candidate]).clusterId).toBe(candidate.clusterId)
  expect(place(sampleRequest({ replicas: 3 }), [candidate]).clusterId).toBeNull()
})

test('the lowest ratio after placing wins: a large volume goes to the large cluster, though the small one is emptier', () => {
  const small = withFigures({ effectiveBytes: 10n * TIB, provisionedBytes: 0n }, 1)
  const large = withFigures(
    { effectiveBytes: 100n * TIB, freeBytes: 100n * TIB, provisionedBytes: 10n * TIB },
    2,
  )
  expect(place(sampleRequest({ sizeBytes: GIB }), [small, large]).clusterId).toBe(small.clusterId)
  expect(place(sampleRequest({ sizeBytes: TIB }), [small, large]).clusterId).toBe(large.clusterId)
})

test('one byte decides, far beyond what a float can tell apart', () => {
  const huge = { effectiveBytes: 2n ** 62n, freeBytes: 2n ** 62n }
  const fuller = withFigures({ ...huge, provisionedBytes: 2n ** 61n + 1n }, 1)
  const emptier = withFigures({ ...huge, provisionedBytes: 2n ** 61n }, 2)
  expect(place(sampleRequest(), [fuller, emptier]).clusterId).toBe(emptier.clusterId)
})

test('verdicts: the chosen one, then by rank, then the refused ones by name', () => {
  const { verdicts } = place(sampleRequest(), [
    sampleCandidate(1, { clusterName: 'zulu', adminState: 'CORDONED' }),
    sampleCandidate(2, { clusterName: 'alpha', figures: null }),
    withFigures({ provisionedBytes: TIB }, 3),
    withFigures({}, 4),
  ])
  expect(verdicts.map(({ clusterId, rank }) => [clusterId, rank])).toEqual([
    [sampleClusterId(4), 1],
    [sampleClusterId(3), 2],
    [sampleClusterId(2), null],
    [sampleClusterId(1), null],
  ])
})

test('of equal clusters each gets its share, and each volume always the same one', () => {
  const [seed, uuids] = [1, fc.uuid()]
  const fleet = fc
    .sample(uuids, { seed, numRuns: 4 })
    .map((uuid, number) => sampleCandidate(number, { clusterId: `cls_${uuid}` }))
  const chosen = fc.sample(uuids, { seed: seed + 1, numRuns: 1_000 }).map((uuid) => {
    const request = sampleRequest({ volumeId: `vol_${uuid}` })
    expect(place(request, fleet.toReversed())).toEqual(place(request, fleet))
    return place(request, fleet).clusterId
  })
  for (const { clusterId } of fleet) {
    expect(chosen.filter((each) => each === clusterId).length).toBeGreaterThan(150)
  }
})

test('nothing is chosen of no clusters', () => {
  expect(place(sampleRequest(), [])).toEqual({ clusterId: null, verdicts: [] })
})

/** Growth by 1 TiB in two replicas, on cluster 1. */
const growth = sampleRequest({ growsOn: sampleClusterId(1) })

test('whoever asks to grow by too much is told how much growth would pass, not which size', () => {
  const own = withFigures({ provisionedBytes: 16n * TIB + 512n * GIB })
  const remedyOf = (request: PlacementRequest) => place(request, [own]).verdicts[0]?.rejection?.remedy
  expect(remedyOf(growth)).toMatch(/^grow by at most 512 GiB, delete/)
})

test.each<[name: string, own: Candidate, grows: boolean]>([
  ['beyond the limit for creates', withFigures({ provisionedBytes: 14n * TIB }), true],
  ['exactly to the limit for growth', withFigures({ provisionedBytes: 15n * TIB + 512n * GIB }), true],
  [
    'a byte beyond the limit for growth',
    withFigures({ provisionedBytes: 15n * TIB + 512n * GIB + 1n }),
    false,
  ],
  ['beyond it by pending bytes', withFigures({ provisionedBytes: 14n * TIB, pendingBytes: 2n * TIB }), false],
  ['on a cordoned cluster', sampleCandidate(1, { adminState: 'CORDONED' }), true],
  ['on a draining cluster', sampleCandidate(1, { adminState: 'DRAINING' }), true],
  ['on a disconnected cluster', sampleCandidate(1, { connection: 'DISCONNECTED' }), false],
  ['on stale figures', withFigures({ observedAtMs: nowMs - 45_001 }), false],
  ['on a cluster never observed', sampleCandidate(1, { figures: null }), false],
  ['below the written floor', withFigures({ freeBytes: TIB }), false],
])('growth: %s', (_name, own, grows) => {
  const { clusterId, verdicts } = place(growth, [sampleCandidate(2), own])
  expect(clusterId).toBe(grows ? own.clusterId : null)
  expect(verdicts.map((verdict) => verdict.clusterId)).toEqual([own.clusterId])
})

/** Most are usable, so that choices are made; about one in four has some fault. */
const anyCandidate = (number: number): fc.Arbitrary<Candidate> =>
  fc
    .record({
      adminState: mostly('ACTIVE' as const, 'CORDONED' as const, 'DRAINING' as const),
      connection: mostly('CONNECTED' as const, 'DISCONNECTED' as const, 'QUARANTINED' as const),
      health: mostly('OK' as const, 'WARNING' as const, 'ERROR' as const),
      isObserved: mostly(true, false),
      effectiveBytes: fc.oneof({ weight: 9, arbitrary: fc.bigInt({ min: 1n, max: 64n }) }, fc.constant(0n)),
      provisionedPercent: fc.bigInt({ min: 0n, max: 160n }),
      pendingPercent: fc.bigInt({ min: 0n, max: 20n }),
      freePercent: fc.bigInt({ min: 0n, max: 100n }),
      oddBytes: fc.bigInt({ min: 0n, max: 3n }),
      maxReplicas: mostly(3, 1, 2),
      ageMs: mostly(1_000, 45_000, 45_001),
    })
    .map(({ isObserved, provisionedPercent, pendingPercent, freePercent, oddBytes, ageMs, ...rest }) => {
      const { maxReplicas, effectiveBytes: effective, ...states } = rest
      const effectiveBytes = effective * TIB
      const percent = (share: bigint) => (effectiveBytes * share) / 100n
      const figures = {
        effectiveBytes,
        maxReplicas,
        provisionedBytes: percent(provisionedPercent) + oddBytes,
        pendingBytes: percent(pendingPercent),
        freeBytes: percent(freePercent),
        observedAtMs: nowMs - ageMs,
      }
      return sampleCandidate(number, { ...states, figures: isObserved ? figures : null })
    })
const anyFleet = fc
  .nat(6)
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, number) => anyCandidate(number))))
const anyRequest = fc
  .record({
    volumeId: fc.nat(1000).map(sampleVolumeId),
    sizeBytes: fc.bigInt({ min: 1n, max: 8n * TIB }),
    replicas: fc.integer({ min: 1, max: 3 }),
    excludedClusterIds: fc.subarray([sampleClusterId(0), sampleClusterId(1)], { maxLength: 1 }),
    growsOn: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.nat(6).map(sampleClusterId)),
  })
  .map(sampleRequest)

test('the choice is the best of those that qualify, by arithmetic of its own, and never past a limit', () => {
  fc.assert(
    fc.property(anyRequest, anyFleet, (request, fleet) => {
      const { clusterId } = place(request, fleet)
      const right = rightChoices(request, fleet, SAMPLE_POLICY, NO_MEMBERS, nowMs)
      if (clusterId === null) expect(right).toEqual([])
      else expect(right.map((candidate) => candidate.clusterId)).toContain(clusterId)
    }),
    { numRuns: 2_000 },
  )
})

test('the same input gives the same answer, in whatever order the clusters come', () => {
  const shuffled = anyFleet.chain((fleet) =>
    fc.tuple(fc.constant(fleet), fc.shuffledSubarray(fleet, { minLength: fleet.length })),
  )
  fc.assert(
    fc.property(anyRequest, shuffled, (request, [fleet, other]) => {
      expect(place(request, other)).toEqual(place(request, fleet))
    }),
  )
})

test('another cluster never makes a possible request impossible, nor moves it to a third one', () => {
  fc.assert(
    fc.property(anyRequest, anyFleet, anyCandidate(99), (request, fleet, joining) => {
      const before = place(request, fleet).clusterId
      const after = place(request, [...fleet, joining]).clusterId
      if (before !== null) expect([before, joining.clusterId]).toContain(after)
    }),
  )
})

function withFigures(figures: Partial<CandidateFigures>, number = 1): Candidate {
  return sampleCandidate(number, { figures })
}

function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 20, arbitrary: fc.constant(usual) }, fc.constantFrom(...others))
}
