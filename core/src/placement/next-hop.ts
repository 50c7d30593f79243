import type { ClusterId, DecisionId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { DecidedRequest } from './decide-batch.ts'
import type { FleetState } from './fleet-state.ts'
import { membersOf } from './group-counts.ts'
import { placeVolume } from './place-volume.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

const MAX_HOPS = 3

/** The choice that a cluster has refused. */
export interface RefusedChoice {
  /** Null for a volume that was adopted or is being recreated: it belongs to its cluster, and no other is tried. */
  readonly decisionId: DecisionId | null
  /** How many clusters had refused the volume before it. */
  readonly hop: number
  readonly excludedClusterIds: readonly ClusterId[]
  readonly pinnedTo: ClusterId | null
  readonly group: string | null
}

/** Whether the decision may go on: the volume has one, and not so many have refused it that no further one is tried. */
export function mayHop(refused: RefusedChoice): refused is RefusedChoice & { decisionId: DecisionId } {
  return refused.decisionId !== null && refused.hop < MAX_HOPS
}

/**
 * Where a volume goes that its cluster has definitely refused: decided like any placement, without those that have refused it,
 * as a further hop of the same decision; one without a cluster when no other qualifies.
 *
 * @param policy the present revision
 * @param fleet its groups without the volume itself
 */
export function nextHop(
  volume: {
    readonly volumeId: VolumeId
    readonly clusterId: ClusterId
    readonly sizeBytes: bigint
    readonly replicas: number
  },
  refused: RefusedChoice & { readonly decisionId: DecisionId },
  policy: PlacementPolicy,
  { candidates, groups, nowMs }: FleetState,
): DecidedRequest {
  const request: PlacementRequest = {
    volumeId: volume.volumeId,
    sizeBytes: volume.sizeBytes,
    replicas: volume.replicas,
    excludedClusterIds: [...refused.excludedClusterIds, volume.clusterId],
    growsOn: null,
    pinnedTo: refused.pinnedTo,
    group: refused.group,
  }
  const outcome = placeVolume(request, candidates, policy, nowMs, membersOf(groups, request))
  const decision = {
    ...request,
    ...outcome,
    id: refused.decisionId,
    policyName: policy.name,
    policyRevision: policy.revision,
    detailsRemovedAt: null,
    hop: refused.hop + 1,
    decidedAt: new Date(nowMs),
  }
  return { request, decision, chargedBytes: requestedBytes(request) }
}
