import type { Candidate } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { ChainChecker } from './check-chain.ts'
import { checkDecisions } from './check-decisions.ts'
import type { RecordedBatch, RecordedDecision, RecordedVolume } from './records.ts'
import { collectReturns } from './returns.ts'

export interface Audit {
  readonly faults: readonly string[]
  readonly batches: number
  readonly decisions: number
  readonly placed: number
  readonly refused: number
  readonly refusedForOtherReasons: number
  /** Placed with another cluster after a first one had refused. */
  readonly hops: number
  /** Refused by clusters until no other one qualified. */
  readonly nowhere: number
  /** Promised bytes of the whole fleet as a part of what the limits allow, at the fullest. */
  readonly fullest: number
  /** How often a decision left a cluster at its limit to the byte. */
  readonly exactlyFull: number
  /** Decisions taken after the fleet was first 99 % full. */
  readonly decisionsWhenFull: number
}

const FULL = 0.99

/** Goes over the records in their order, by `checkDecisions` and `ChainChecker`. */
export async function auditRecords(
  batches: AsyncIterable<RecordedBatch> | Iterable<RecordedBatch>,
  decisions: readonly RecordedDecision[],
  volumes: readonly RecordedVolume[],
): Promise<Audit> {
  const chain = new ChainChecker(collectReturns(decisions, volumes))
  const faults: string[] = []
  const sums = { batches: 0, refusedForOtherReasons: 0, fullest: 0, exactlyFull: 0, decisionsWhenFull: 0 }
  for await (const batch of batches) {
    chain.add(batch)
    const checked = checkDecisions(batch)
    faults.push(...checked.faults)
    sums.batches++
    sums.refusedForOtherReasons += checked.refusedForOtherReasons
    sums.fullest = Math.max(sums.fullest, fullness(checked.after, batch.policy))
    sums.exactlyFull += checked.after.filter(
      (each, index) => each !== batch.candidates[index] && roomOf(each, batch.policy) === 0n,
    ).length
    if (sums.fullest >= FULL) sums.decisionsWhenFull += batch.decisions.length
  }
  chain.finish()
  const first = decisions.filter(({ hop }) => hop === 0)
  const later = decisions.filter(({ hop }) => hop > 0)
  return {
    ...sums,
    faults: [...faults, ...chain.faults],
    decisions: decisions.length,
    placed: first.filter(({ clusterId }) => clusterId !== null).length,
    refused: first.filter(({ clusterId }) => clusterId === null).length,
    hops: later.filter(({ clusterId }) => clusterId !== null).length,
    nowhere: later.filter(({ clusterId }) => clusterId === null).length,
  }
}

function limitOf({ figures }: Candidate, { maxProvisionedRatio }: PlacementPolicy): bigint {
  return ((figures?.effectiveBytes ?? 0n) * maxProvisionedRatio.numerator) / maxProvisionedRatio.denominator
}

function promisedBytes({ figures }: Candidate): bigint {
  return figures ? figures.provisionedBytes + figures.pendingBytes : 0n
}

function roomOf(candidate: Candidate, policy: PlacementPolicy): bigint {
  return limitOf(candidate, policy) - promisedBytes(candidate)
}

function fullness(candidates: readonly Candidate[], policy: PlacementPolicy): number {
  const sum = (of: (each: Candidate) => bigint) => candidates.reduce((total, each) => total + of(each), 0n)
  const limit = sum((each) => limitOf(each, policy))
  return limit === 0n ? 0 : Number(sum(promisedBytes)) / Number(limit)
}
