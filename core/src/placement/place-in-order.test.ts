import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlacementPolicy } from '../policies/policy.ts'
import {
  GIB,
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleRequest,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import type { Candidate, CandidateFigures } from './candidate.ts'
import { chargeCandidates } from './charge.ts'
import { placeInOrder } from './place-in-order.ts'
import { placeVolume } from './place-volume.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

const nowMs = NOW.getTime()
/** Without limits that a placement of these tests could reach: every cluster has room at any time. */
const BOUNDLESS: PlacementPolicy = {
  ...SAMPLE_POLICY,
  maxProvisionedRatio: { numerator: 1_000_000n, denominator: 1n },
  expectedUseRatio: { numerator: 0n, denominator: 1n },
}

const anyFleet = fc
  .array(
    fc.record({ capacity: fc.bigInt({ min: 1n, max: 40n }), percent: fc.bigInt({ min: 0n, max: 140n }) }),
    {
      minLength: 2,
      maxLength: 6,
    },
  )
  .map((clusters) =>
    clusters.map(({ capacity, percent }, number) =>
      sampleCandidate(number, {
        figures: {
          effectiveBytes: capacity * TIB,
          freeBytes: capacity * TIB,
          provisionedBytes: (capacity * TIB * percent) / 100n,
        },
      }),
    ),
  )
const anyRequests = fc
  .array(
    fc.record({ sizeBytes: fc.bigInt({ min: 1n, max: 2048n }), replicas: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((volumes) =>
    volumes.map(({ sizeBytes, replicas }, number) =>
      sampleRequest({ volumeId: sampleVolumeId(number), sizeBytes: sizeBytes * GIB, replicas }),
    ),
  )

test('many in one go are placed as one by one, with the ledger written in between', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, (requests, fleet) => {
      const ledger = fleet.map(() => ({ pendingBytes: 0n, volumeCount: 0 }))
      const oneByOne = requests.map((request) => {
        const present = fleet.map((candidate, index) => withFigures(candidate, ledger[index] ?? {}))
        const outcome = placeVolume(request, present, SAMPLE_POLICY, nowMs)
        const row = ledger[fleet.findIndex((candidate) => candidate.clusterId === outcome.clusterId)]
        if (row) {
          row.pendingBytes += request.sizeBytes * BigInt(request.replicas)
          row.volumeCount += 1
        }
        return outcome
      })
      expect(placeInOrder(requests, fleet, SAMPLE_POLICY, nowMs)).toEqual(oneByOne)
    }),
    { numRuns: 50 },
  )
})

test('a refused request takes nothing from the next one', () => {
  const fleet = [sampleCandidate(1)]
  const tooLarge = sampleRequest({ sizeBytes: 100n * TIB })
  const [refused, placed] = placeInOrder([tooLarge, sampleRequest()], fleet, SAMPLE_POLICY, nowMs)
  expect(refused?.clusterId).toBeNull()
  expect(placed).toEqual(placeVolume(sampleRequest(), fleet, SAMPLE_POLICY, nowMs))
})

test('charging touches the one cluster only, and not the list it was given', () => {
  const fleet = [sampleCandidate(1), sampleCandidate(2), sampleCandidate(3, { figures: null })]
  const request = sampleRequest({ sizeBytes: 5n, replicas: 1 })
  const charged = chargeCandidates(fleet, [{ request, clusterId: sampleCandidate(2).clusterId }])
  const second = sampleCandidate(2, { recentBytes: 5n, figures: { pendingBytes: 5n, volumeCount: 1 } })
  expect(charged).toEqual([fleet[0], second, fleet[2]])
  expect(fleet[1]).toEqual(sampleCandidate(2))
})

/**
 * measured.md, "Better rule": after volume v (size x replicas) was put on m, r_m <= (p_j + v) / C_j for each cluster
 * j that had room, so r_m - r_j <= v / C_j: no cluster sticks out above another one by more than what this volume is
 * to that other one.
 */
test('the cluster that was chosen exceeds no other one by more than the volume is to that one', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, (requests, fleet) => {
      eachPlacement(requests, fleet, SAMPLE_POLICY, (volumeBytes, before, after, chosen) => {
        const peak = ratioOf(figuresOf(after, chosen))
        for (const other of before) {
          if (other.clusterId !== chosen)
            expect(isAtMost(minus(peak, ratioOf(other.figures)), share(volumeBytes, other.figures))).toBe(
              true,
            )
        }
      })
    }),
    { numRuns: 100 },
  )
})

/** measured.md, the step form: a placement never widens an imbalance that is there already. */
test('after each placement the spread is at most the former spread, or what the volume is to the emptiest cluster', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, (requests, fleet) => {
      eachPlacement(requests, fleet, SAMPLE_POLICY, (volumeBytes, before, after) => {
        const lowest = emptiest(after)
        const isBounded =
          isAtMost(spread(after), spread(before)) ||
          isAtMost(spread(after), share(volumeBytes, lowest.figures))
        expect(isBounded).toBe(true)
      })
    }),
    { numRuns: 100 },
  )
})

/** measured.md, the bound for a fleet that was filled from nothing: max - r_j <= v_max / C_j, always. */
test('a fleet filled from nothing keeps its spread below the largest volume over the smallest cluster', () => {
  fc.assert(
    fc.property(anyRequests, anyFleet, (requests, fleet) => {
      const empty = fleet.map((candidate) =>
        sampleCandidate(0, { ...candidate, figures: { ...candidate.figures, provisionedBytes: 0n } }),
      )
      const largest = requests.map(requestedBytes).reduce((a, b) => (a > b ? a : b))
      eachPlacement(requests, empty, BOUNDLESS, (_bytes, _before, after) => {
        for (const one of after) {
          for (const other of after) {
            expect(
              isAtMost(minus(ratioOf(one.figures), ratioOf(other.figures)), share(largest, other.figures)),
            ).toBe(true)
          }
        }
      })
    }),
    { numRuns: 50 },
  )
})

type Observed = { readonly clusterId: Candidate['clusterId']; readonly figures: CandidateFigures }

/** Calls `check` for each request that found a place, with the clusters that had room for it, before and after. */
function eachPlacement(
  requests: readonly PlacementRequest[],
  fleet: readonly Candidate[],
  policy: PlacementPolicy,
  check: (volumeBytes: bigint, before: Observed[], after: Observed[], chosen: Candidate['clusterId']) => void,
): void {
  let present = fleet
  for (const [index, { clusterId, verdicts }] of placeInOrder(requests, fleet, policy, nowMs).entries()) {
    const request = requests[index]
    if (!clusterId || !request) continue
    const volumeBytes = requestedBytes(request)
    const hadRoom = new Set(
      verdicts.filter((verdict) => verdict.rank !== null).map((verdict) => verdict.clusterId),
    )
    const next = present.map((each) =>
      each.clusterId === clusterId
        ? withFigures(each, { pendingBytes: (each.figures?.pendingBytes ?? 0n) + volumeBytes })
        : each,
    )
    check(volumeBytes, observed(present, hadRoom), observed(next, hadRoom), clusterId)
    present = next
  }
}

function observed(fleet: readonly Candidate[], ids: ReadonlySet<string>): Observed[] {
  return fleet.flatMap(({ clusterId, figures }) =>
    figures && ids.has(clusterId) ? [{ clusterId, figures }] : [],
  )
}

function withFigures(candidate: Candidate, figures: Partial<CandidateFigures>): Candidate {
  return { ...candidate, figures: candidate.figures && { ...candidate.figures, ...figures } }
}

function figuresOf(fleet: readonly Observed[], id: string): CandidateFigures {
  const found = fleet.find((each) => each.clusterId === id)
  if (!found) throw new Error(`no cluster ${id}`)
  return found.figures
}

/** Exact fractions, positive denominators. */
type Fraction = readonly [numerator: bigint, denominator: bigint]

function ratioOf(figures: CandidateFigures): Fraction {
  return [figures.provisionedBytes + figures.pendingBytes, figures.effectiveBytes]
}

function share(bytes: bigint, figures: CandidateFigures): Fraction {
  return [bytes, figures.effectiveBytes]
}

function minus([a, b]: Fraction, [c, d]: Fraction): Fraction {
  return [a * d - c * b, b * d]
}

function isAtMost([a, b]: Fraction, [c, d]: Fraction): boolean {
  return a * d <= c * b
}

function emptiest(fleet: readonly Observed[]): Observed {
  return fleet.reduce((a, b) => (isAtMost(ratioOf(a.figures), ratioOf(b.figures)) ? a : b))
}

function spread(fleet: readonly Observed[]): Fraction {
  const fullest = fleet.reduce((a, b) => (isAtMost(ratioOf(a.figures), ratioOf(b.figures)) ? b : a))
  return minus(ratioOf(fullest.figures), ratioOf(emptiest(fleet).figures))
}
