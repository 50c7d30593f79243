import type { Candidate } from '@flotilla/core/placement/candidate'
import { NO_MEMBERS } from '@flotilla/core/placement/group-counts'
import { obeys, rightChoices } from '@flotilla/core/testing/reference-placement'
import type { RecordedBatch, RecordedDecision } from './records.ts'

export interface DecisionsChecked {
  readonly faults: readonly string[]
  /** Refusals where a cluster had the bytes, but what was known of it was too old or not good enough. */
  readonly refusedForOtherReasons: number
  /** The figures as the last decision of the batch left them. */
  readonly after: readonly Candidate[]
}

/**
 * Holds each decision of a batch against the rules, by the reference's arithmetic and not the product's placer: who was
 * chosen is the best of those that qualify, who was refused fits nowhere, nobody is taken past the limit. Of requests
 * without group.
 */
export function checkDecisions({
  id,
  decidedAtMs,
  policy,
  candidates,
  decisions,
}: RecordedBatch): DecisionsChecked {
  const faults: string[] = []
  let refusedForOtherReasons = 0
  let present = candidates
  for (const { id: decisionId, request, clusterId } of decisions) {
    const right = rightChoices(request, present, policy, NO_MEMBERS, decidedAtMs)
    const where = `decision ${decisionId} in batch ${id}`
    if (clusterId === null) {
      if (right[0]) faults.push(`${where}: refused, though ${right[0].clusterName} had room`)
      else if (hasRoomInBytes(request, present, policy, decidedAtMs)) refusedForOtherReasons++
      continue
    }
    const chosen = present.find((each) => each.clusterId === clusterId)
    if (!chosen) {
      faults.push(`${where}: chose ${clusterId}, which was no candidate`)
      continue
    }
    if (!right.includes(chosen)) {
      const qualifies = obeys(request, chosen, present, policy, NO_MEMBERS, decidedAtMs)
      faults.push(
        `${where}: chose ${chosen.clusterName}, ${qualifies ? `but ${right[0]?.clusterName} was better` : 'which did not qualify'}`,
      )
    }
    const promised = promise(chosen, request)
    if (isPastLimit(promised, policy.maxProvisionedRatio)) {
      faults.push(`${where}: took ${chosen.clusterName} past its limit`)
    }
    present = present.map((each) => (each === chosen ? promised : each))
  }
  return { faults, refusedForOtherReasons, after: present }
}

function hasRoomInBytes(
  request: RecordedDecision['request'],
  candidates: readonly Candidate[],
  policy: RecordedBatch['policy'],
  nowMs: number,
): boolean {
  const known = candidates.map(
    (each): Candidate => ({
      ...each,
      connection: 'CONNECTED',
      health: 'OK',
      figures: each.figures && { ...each.figures, observedAtMs: nowMs },
    }),
  )
  return rightChoices(request, known, policy, NO_MEMBERS, nowMs).length > 0
}

function promise(candidate: Candidate, { sizeBytes, replicas }: RecordedDecision['request']): Candidate {
  const bytes = sizeBytes * BigInt(replicas)
  const { figures } = candidate
  return {
    ...candidate,
    recentBytes: candidate.recentBytes + bytes,
    figures: figures && {
      ...figures,
      pendingBytes: figures.pendingBytes + bytes,
      volumeCount: figures.volumeCount + 1,
    },
  }
}

function isPastLimit(
  { figures }: Candidate,
  { numerator, denominator }: RecordedBatch['policy']['maxProvisionedRatio'],
): boolean {
  if (!figures) return false
  return (figures.provisionedBytes + figures.pendingBytes) * denominator > numerator * figures.effectiveBytes
}
