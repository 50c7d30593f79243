import type { Candidate, CandidateFigures } from '@flotilla/core/placement/candidate'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import { sampleClusterId, TIB } from '@flotilla/core/testing/sample-fleet'
import { expect, test } from 'vitest'
import { auditRecords } from './audit.ts'
import type { RecordedBatch, RecordedDecision } from './records.ts'
import { collectReturns } from './returns.ts'
import { type SampleRace, sampleRace } from './sample-race.ts'

const audit = ({ batches, volumes }: SampleRace) =>
  auditRecords(
    batches,
    batches.flatMap(({ decisions }) => decisions),
    volumes,
  )

/** The race with something changed in one of its batches. */
function doctored(number: number, change: (batch: RecordedBatch) => Partial<RecordedBatch>): SampleRace {
  const { batches, volumes } = sampleRace()
  return {
    volumes,
    batches: batches.map((batch, index) => (index === number ? { ...batch, ...change(batch) } : batch)),
  }
}

const withFigures = (number: number, change: (figures: CandidateFigures) => Partial<CandidateFigures>) => {
  const doctor = (candidate: Candidate): Candidate =>
    candidate.figures
      ? { ...candidate, figures: { ...candidate.figures, ...change(candidate.figures) } }
      : candidate
  return (batch: RecordedBatch) => ({
    candidates: batch.candidates.map((each, index) => (index === number ? doctor(each) : each)),
  })
}

const withDecision = (
  position: number,
  change: (decision: RecordedDecision) => Partial<RecordedDecision>,
) => {
  return (batch: RecordedBatch) => ({
    decisions: batch.decisions.map((each, index) =>
      index === position ? { ...each, ...change(each) } : each,
    ),
  })
}

test('a race that went well has no faults, and got full', async () => {
  const { faults, ...counts } = await audit(sampleRace())
  expect(faults).toEqual([])
  expect(counts).toMatchObject({ batches: 16, decisions: 48, refusedForOtherReasons: 0, hops: 0 })
  expect(counts.refused).toBeGreaterThan(0)
  expect(counts.fullest).toBeGreaterThan(0.95)
})

test('what clusters refused until no other qualified is neither placed nor a refused request', async () => {
  const race = sampleRace()
  const before = await audit(race)
  const batches = race.batches.map((batch) => ({
    ...batch,
    decisions: batch.decisions.map((each) => (each.clusterId ? each : { ...each, hop: 1 })),
  }))
  const { placed, refused, hops, nowhere } = await audit({ ...race, batches })
  expect({ placed, refused, hops, nowhere }).toEqual({
    placed: before.placed,
    refused: 0,
    hops: 0,
    nowhere: before.refused,
  })
})

/** The second batch: all three are nearly empty. The last but two: full. */
const EARLY = 1
const LATE = 13

test.each<[name: string, race: SampleRace, fault: string]>([
  [
    'a winner that was not the best',
    doctored(EARLY, (batch) => {
      const others = batch.candidates.filter(({ clusterId }) => clusterId !== batch.decisions[0]?.clusterId)
      return withDecision(0, () => ({ clusterId: others[0]?.clusterId ?? null }))(batch)
    }),
    'was better',
  ],
  [
    'a refusal with room',
    doctored(
      EARLY,
      withDecision(2, () => ({ clusterId: null })),
    ),
    'refused, though',
  ],
  [
    'a placement past the limit',
    doctored(
      LATE,
      withDecision(0, ({ request }) => ({
        clusterId: sampleClusterId(1),
        request: { ...request, sizeBytes: 6n * TIB },
      })),
    ),
    'past its limit',
  ],
  [
    'a winner that does not qualify',
    doctored(EARLY, (batch) => ({
      candidates: batch.candidates.map((each) =>
        each.clusterId === batch.decisions[0]?.clusterId
          ? { ...each, adminState: 'CORDONED' as const }
          : each,
      ),
    })),
    'did not qualify',
  ],
  [
    'a winner that was no candidate',
    doctored(
      EARLY,
      withDecision(0, () => ({ clusterId: sampleClusterId(9) })),
    ),
    'was no candidate',
  ],
  [
    'a charge that was lost',
    doctored(
      EARLY,
      withFigures(2, ({ pendingBytes }) => ({ pendingBytes: pendingBytes - 1n })),
    ),
    'at least',
  ],
  [
    'a charge that was lost when a poll came',
    doctored(
      4,
      withFigures(1, ({ provisionedBytes }) => ({ provisionedBytes: provisionedBytes - 1n })),
    ),
    'at least',
  ],
  [
    'a charge made twice',
    doctored(
      EARLY,
      withFigures(0, ({ pendingBytes }) => ({ pendingBytes: pendingBytes + 1n })),
    ),
    'charged 1 more than was decided',
  ],
  [
    'a charge made twice, as a poll counts it',
    doctored(
      4,
      withFigures(1, ({ pendingBytes }) => ({ pendingBytes: pendingBytes + 1n })),
    ),
    'at most',
  ],
  [
    'provisioned bytes that change without a poll',
    doctored(
      6,
      withFigures(0, ({ provisionedBytes, pendingBytes }) => ({
        provisionedBytes: provisionedBytes + 1n,
        pendingBytes: pendingBytes - 1n,
      })),
    ),
    'without a poll',
  ],
])('%s is found', async (_name, race, fault) => {
  const { faults } = await audit(race)
  expect(faults.join('\n')).toContain(fault)
})

test('bytes that were given back twice are found', async () => {
  const { batches, volumes } = sampleRace()
  const kept = volumes.map((volume) => (volume.state === 'DELETED' ? { ...volume, endedAtMs: null } : volume))
  const { faults } = await audit({ batches, volumes: kept })
  expect(faults.join('\n')).toMatch(/at least \d+ were promised/)
})

test('a volume gives back to each cluster when it leaves it: placed elsewhere, then deleted', () => {
  const { batches, volumes } = sampleRace()
  const [decision] = batches[0]?.decisions ?? []
  const volume = volumes.find(({ id }) => id === decision?.request.volumeId)
  if (!decision || !volume) throw new Error('the first request was placed')
  const [first, second] = [sampleClusterId(1), sampleClusterId(2)]
  const returns = collectReturns(
    [
      { ...decision, clusterId: first, decidedAtMs: 100 },
      { ...decision, clusterId: second, decidedAtMs: 200, hop: 1 },
    ],
    [{ ...volume, endedAtMs: 300 }],
  )
  const bytes = requestedBytes(decision.request)
  const before = (id: typeof first) => [200, 201, 300, 301].map((ms) => returns.get(id)?.before(ms))
  expect(before(first)).toEqual([0n, bytes, bytes, bytes])
  expect(before(second)).toEqual([0n, 0n, 0n, bytes])
})
