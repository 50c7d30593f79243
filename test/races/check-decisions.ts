import type { Candidate } from '@flotilla/core/placement/candidate'
import { type GroupMembers, membersOf } from '@flotilla/core/placement/group-counts'
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
 * chosen is the best of those that qualify, who was refused fits nowhere, nobody is taken past the limit.
 */
export function checkDecisions({
  id,
  decidedAtMs,
  policy,
  candidates,
  groups,
  decisions,
}: RecordedBatch): DecisionsChecked {
  const faults: string[] = []
  let refusedForOtherReasons = 0
  let present = candidates
  const placed = new Map(groups)
  for (const { id: decisionId, hop, request, clusterId } of decisions) {
    const members = membersOf(placed, request)
    const right = rightChoices(request, present, policy, members, decidedAtMs)
    const where = `decision ${decisionId} in batch ${id}`
    if (clusterId === null) {
      if (right[0]) faults.push(`${where}: refused, though ${right[0].clusterName} had room`)
      else if (hop === 0 && hasRoomInBytes(request, present, policy, members, decidedAtMs))
        refusedForOtherReasons++
      continue
    }
    const chosen = present.find((each) => each.clusterId === clusterId)
    if (!chosen) {
      faults.push(`${where}: chose ${clusterId}, which was no candidate`)
      continue
    }
    if (!right.includes(chosen)) {
      const qualifies = obeys(request, chosen, present, policy, members, decidedAtMs)
      faults.push(
        `${where}: chose ${chosen.clusterName}, ${qualifies ? `but ${right[0]?.clusterName} was better` : 'which did not qualify'}`,
      )
    }
    const promised = promise(chosen, request)
    const limit = request.growsOn ? policy.maxProvisionedRatioForResize : policy.maxProvisionedRatio
    if (isPastLimit(promised, limit)) {
      faults.push(`${where}: took ${chosen.clusterName} past its limit`)
    }
    present = present.map((each) => (each === chosen ? promised : each))
    if (request.group !== null && !request.growsOn) {
      placed.set(request.group, new Map(members).set(clusterId, (members.get(clusterId) ?? 0) + 1))
    }
  }
  return { faults, refusedForOtherReasons, after: present }
}

function hasRoomInBytes(
  request: RecordedDecision['request'],
  candidates: readonly Candidate[],
  policy: RecordedBatch['policy'],
  members: GroupMembers,
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
  return rightChoices(request, known, policy, members, nowMs).length > 0
}

/** Growth makes no volume, and is no recent placement. */
function promise(
  candidate: Candidate,
  { sizeBytes, replicas, growsOn }: RecordedDecision['request'],
): Candidate {
  const bytes = sizeBytes * BigInt(replicas)
  const isNew = growsOn === null
  const { figures } = candidate
  return {
    ...candidate,
    recentBytes: candidate.recentBytes + (isNew ? bytes : 0n),
    figures: figures && {
      ...figures,
      pendingBytes: figures.pendingBytes + bytes,
      volumeCount: figures.volumeCount + (isNew ? 1 : 0),
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
