import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
  TIB,
} from '../testing/sample-fleet.ts'
import type { Candidate } from './candidate.ts'
import { placeVolume } from './place-volume.ts'
import type { FilterAnswer } from './verdict.ts'

const nowMs = NOW.getTime()
const policy = {
  ...SAMPLE_POLICY,
  require: [{ key: 'tier', operator: 'In', values: ['gold'] } as const],
  spread: { label: 'site', mode: 'ANTI_AFFINITY', maxPerValue: 2 } as const,
  maxVolumesPerCluster: 100,
  maxVolumeSizeBytes: 4n * TIB,
}
const good = { labels: { tier: 'gold', site: 'a' } }
const request = sampleRequest({ group: 'p/db' })

function answersFor(candidate: Candidate, asked = request): readonly FilterAnswer[] {
  const members = new Map([[candidate.clusterId, 1]])
  return placeVolume(asked, [candidate], policy, nowMs, members).verdicts[0]?.filters ?? []
}

const namesOf = (answers: readonly FilterAnswer[], outcome: FilterAnswer['outcome']) =>
  answers.filter((answer) => answer.outcome === outcome).map(({ name }) => name)

test('one that passes says by what numbers, in the order in which filters are asked', () => {
  const answers = answersFor(sampleCandidate(1, { ...good, figures: { volumeCount: 7 } }))
  expect(answers.map(({ name, explanation }) => `${name}: ${explanation}`)).toEqual([
    'ADMISSION: takes new volumes',
    'CONNECTION: is CONNECTED',
    'HEALTH: reports health OK, OK or WARNING allowed',
    'LABELS: tier In [gold] holds',
    'OBSERVATION: has been observed',
    'AGE: was observed 0 s ago, at most 45 s allowed',
    'EFFECTIVE_CAPACITY: reports 10.0 TiB of effective capacity',
    'VOLUME_COUNT: holds 7 volumes, at most 100 allowed',
    'EXCLUSION: has not refused this volume',
    'REPLICAS: can keep 3 replicas now, 2 asked for',
    'VOLUME_SIZE: 1.00 TiB asked for, a volume may have 4.00 TiB',
    'GROUP: site=a holds 1 of group p/db, at most 2 allowed',
    'PROMISED: needs 2.00 TiB, would be 0.20 of 1.50 allowed',
    'WRITTEN: with 512 GiB expected to be written would have 9.50 TiB physically free, 1.00 TiB required',
  ])
  expect(answers.every(({ rejection }) => rejection === null)).toBe(true)
})

test('every filter is heard, those behind the first refusal too', () => {
  const answers = answersFor(
    sampleCandidate(1, {
      adminState: 'CORDONED',
      labels: { site: 'a' },
      figures: { provisionedBytes: 14n * TIB, freeBytes: TIB, maxReplicas: 1 },
    }),
  )
  expect(namesOf(answers, 'REFUSED')).toEqual(['ADMISSION', 'LABELS', 'REPLICAS', 'PROMISED', 'WRITTEN'])
  expect(answers.find(({ name }) => name === 'PROMISED')).toMatchObject({
    explanation: 'needs 2.00 TiB, would be 1.60 of 1.50 allowed',
    rejection: { reason: 'PROMISED_LIMIT', fittingSizeBytes: TIB / 2n, shortfallBytes: TIB },
  })
})

test('what is not known passes nothing: it is unknown', () => {
  const unobserved = answersFor(sampleCandidate(1, { ...good, figures: null }))
  expect(namesOf(unobserved, 'REFUSED')).toEqual(['OBSERVATION'])
  expect(namesOf(unobserved, 'PASSED')).toEqual(['ADMISSION', 'CONNECTION', 'HEALTH', 'LABELS'])
  expect(namesOf(unobserved, 'UNKNOWN')).toHaveLength(9)
  const empty = answersFor(sampleCandidate(1, { ...good, figures: { effectiveBytes: 0n } }))
  expect(namesOf(empty, 'REFUSED')).toEqual(['EFFECTIVE_CAPACITY'])
  expect(namesOf(empty, 'UNKNOWN')).toEqual(['PROMISED'])
})

test('growth is asked only what binds it', () => {
  const cordoned = sampleCandidate(1, { adminState: 'CORDONED' })
  const answers = answersFor(cordoned, { ...request, growsOn: sampleClusterId(1) })
  expect(answers.map(({ name }) => name)).toEqual([
    'CONNECTION',
    'HEALTH',
    'OBSERVATION',
    'AGE',
    'EFFECTIVE_CAPACITY',
    'EXCLUSION',
    'REPLICAS',
    'PROMISED',
    'WRITTEN',
  ])
  expect(answers.at(-2)?.explanation).toContain('of 1.75 allowed')
})

test('the first refusal is the verdict, and whoever has none qualifies', () => {
  const anyCandidate = fc
    .record({
      adminState: fc.constantFrom('ACTIVE' as const, 'DRAINING' as const),
      health: fc.constantFrom('OK' as const, 'ERROR' as const),
      labels: fc.constantFrom<Record<string, string>>({}, { tier: 'gold' }, good.labels),
      figures: fc.option(
        fc.record({
          provisionedBytes: fc.constantFrom(0n, 14n * TIB),
          freeBytes: fc.constantFrom(TIB, 10n * TIB),
          effectiveBytes: fc.constantFrom(0n, 10n * TIB),
          volumeCount: fc.constantFrom(0, 100),
          maxReplicas: fc.constantFrom(1, 3),
        }),
      ),
    })
    .map((overrides) => sampleCandidate(1, overrides))
  fc.assert(
    fc.property(anyCandidate, (candidate) => {
      const [verdict] = placeVolume(request, [candidate], policy, nowMs).verdicts
      const refusal = verdict?.filters.find(({ outcome }) => outcome === 'REFUSED')
      expect(refusal?.rejection ?? null).toEqual(verdict?.rejection)
    }),
    { numRuns: 500 },
  )
})

test('for a clone every other cluster says first where its source is, whatever else is wrong with it', () => {
  const [source, other] = [sampleCandidate(1), sampleCandidate(2, { adminState: 'CORDONED' })]
  const clone = sampleRequest({ pinnedTo: source.clusterId })
  const { clusterId, verdicts } = placeVolume(clone, [other, source], SAMPLE_POLICY, NOW.getTime())
  expect(clusterId).toBe(source.clusterId)
  expect(verdicts[1]?.rejection).toMatchObject({
    reason: 'NOT_SOURCE_CLUSTER',
    explanation: "the source is on cluster cluster-1; clones and restores stay on their source's cluster",
  })
  const away = sampleCandidate(1, { connection: 'DISCONNECTED' })
  expect(placeVolume(clone, [other, away], SAMPLE_POLICY, NOW.getTime()).clusterId).toBeNull()
})
