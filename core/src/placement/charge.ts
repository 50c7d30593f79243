import type { ClusterId } from '../identity/ids.ts'
import type { Candidate } from './candidate.ts'
import type { GroupMembers, Groups } from './group-counts.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

/** A request that was placed, and where: what the next one finds less of. */
export interface Charge {
  readonly request: PlacementRequest
  readonly clusterId: ClusterId
}

/** The candidate with the request promised to it. Growth adds bytes, not a volume, and is no recent placement. */
export function chargeCandidate(candidate: Candidate, request: PlacementRequest): Candidate {
  const { figures, recentBytes } = candidate
  const bytes = requestedBytes(request)
  const isNew = request.growsOn === null
  return {
    ...candidate,
    recentBytes: isNew ? recentBytes + bytes : recentBytes,
    figures: figures && {
      ...figures,
      pendingBytes: figures.pendingBytes + bytes,
      volumeCount: isNew ? figures.volumeCount + 1 : figures.volumeCount,
    },
  }
}

/** The candidates after all that has been placed before; cost grows with both, not with their product. */
export function chargeCandidates(
  candidates: readonly Candidate[],
  charges: readonly Charge[],
): readonly Candidate[] {
  const byId = new Map(candidates.map((candidate) => [candidate.clusterId, candidate]))
  for (const { request, clusterId } of charges) {
    const candidate = byId.get(clusterId)
    if (candidate) byId.set(clusterId, chargeCandidate(candidate, request))
  }
  return [...byId.values()]
}

/** The groups after all that has been placed before. */
export function chargeGroups(groups: Groups, charges: readonly Charge[]): Groups {
  const charged = new Map(groups)
  for (const charge of charges) addMember(charged, charge)
  return charged
}

/** Counts a placed request with its group, in place. Growth adds no member. */
export function addMember(groups: Map<string, GroupMembers>, { request, clusterId }: Charge): void {
  const { group, growsOn } = request
  if (group === null || growsOn !== null) return
  const members = groups.get(group)
  groups.set(group, new Map(members).set(clusterId, (members?.get(clusterId) ?? 0) + 1))
}

/** Counts it with its group no more, in place: it has left its cluster. */
export function dropMember(
  groups: Map<string, GroupMembers>,
  { request: { group }, clusterId }: Charge,
): void {
  const members = group === null ? undefined : groups.get(group)
  const count = members?.get(clusterId) ?? 0
  if (group !== null && count > 0) groups.set(group, new Map(members).set(clusterId, count - 1))
}
