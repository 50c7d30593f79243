import { type ClusterId, toId } from '../identity/ids.ts'
import type { Candidate } from '../placement/candidate.ts'
import type { Groups } from '../placement/group-counts.ts'
import { placeInOrder } from '../placement/place-in-order.ts'
import type { PlacementOutcome } from '../placement/place-volume.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import { ratioToNumber } from '../units/ratio.ts'
import type { CaseCluster, CaseFile, CaseRequest } from './case-file.ts'

/** What became of one request of a case. */
export interface CaseResult {
  readonly caseName: string
  /** Place of the request in its case, from 1. */
  readonly number: number
  /** Name of the cluster, or `refused: REASON`. */
  readonly expected: string
  /** As `expected`; a refusal with the reasons of all clusters. */
  readonly actual: string
  readonly holds: boolean
  /** Why, for people: the scores of those that qualify, or each cluster's refusal. */
  readonly explanation: string
}

/** Decides every case on the placer that decides real requests. Nothing else is asked: no clock, no database. */
export function runCases({ policy, fleet, cases }: CaseFile): readonly CaseResult[] {
  // Far enough from zero that every age within the file lies behind it.
  const nowMs = Math.max(...fleet.flatMap(({ observedAgoMs, joinedAgoMs }) => [observedAgoMs, joinedAgoMs]))
  const candidates = fleet.map((cluster, index) => toCandidate(cluster, index, nowMs))
  const groups = groupsOf(fleet)
  return cases.flatMap(({ name, requests }) => {
    const placed = requests.map((request, index) => toRequest(request, index, fleet, policy.defaultReplicas))
    const outcomes = placeInOrder(placed, candidates, policy, nowMs, groups)
    return outcomes.flatMap((outcome, index) => {
      const request = requests[index]
      return request ? [toResult(name, index + 1, request, outcome)] : []
    })
  })
}

function toResult(
  caseName: string,
  number: number,
  { expect }: CaseRequest,
  { clusterId, verdicts }: PlacementOutcome,
): CaseResult {
  const [first] = verdicts
  const chosen = clusterId && first ? first.clusterName : null
  const reasons = [...new Set(verdicts.flatMap(({ rejection }) => (rejection ? [rejection.reason] : [])))]
  const refusals = verdicts.flatMap(({ clusterName, rejection }) =>
    rejection ? [`${clusterName} ${rejection.explanation}`] : [],
  )
  const ranked = verdicts.flatMap(({ clusterName, score }) =>
    score ? [`${clusterName} scores ${ratioToNumber(score)}`] : [],
  )
  return {
    caseName,
    number,
    expected: 'cluster' in expect ? expect.cluster : `refused: ${expect.refused}`,
    actual: chosen ?? `refused: ${reasons.join(', ')}`,
    holds:
      'cluster' in expect
        ? chosen === expect.cluster
        : chosen === null && reasons.some((reason) => reason === expect.refused),
    explanation: (chosen === null ? refusals : ranked).join('; '),
  }
}

function toCandidate(cluster: CaseCluster, index: number, nowMs: number): Candidate {
  const { effective, provisioned, pending, used } = cluster
  return {
    clusterId: clusterIdOf(index),
    clusterName: cluster.name,
    adminState: cluster.adminState,
    connection: cluster.connection,
    health: cluster.health,
    labels: cluster.labels,
    joinedAtMs: nowMs - cluster.joinedAgoMs,
    recentBytes: cluster.recent,
    figures: {
      provisionedBytes: provisioned,
      pendingBytes: pending,
      effectiveBytes: effective,
      freeBytes: used < effective ? effective - used : 0n,
      maxReplicas: cluster.maxReplicas,
      volumeCount: cluster.volumeCount,
      observedAtMs: nowMs - cluster.observedAgoMs,
    },
  }
}

function toRequest(
  { size, replicas, group, growsOn, pinnedTo, exclude }: CaseRequest,
  index: number,
  fleet: readonly CaseCluster[],
  defaultReplicas: number,
): PlacementRequest {
  const idOf = (wanted: string) => clusterIdOf(fleet.findIndex(({ name }) => name === wanted))
  return {
    volumeId: toId('Volume', uuid(index)),
    sizeBytes: size,
    replicas: replicas ?? defaultReplicas,
    excludedClusterIds: exclude.map(idOf),
    growsOn: growsOn === null ? null : idOf(growsOn),
    pinnedTo: pinnedTo === null ? null : idOf(pinnedTo),
    group,
  }
}

function groupsOf(fleet: readonly CaseCluster[]): Groups {
  const groups = new Map<string, Map<ClusterId, number>>()
  for (const [index, { groups: present }] of fleet.entries()) {
    for (const [group, count] of Object.entries(present)) {
      groups.set(group, new Map(groups.get(group)).set(clusterIdOf(index), count))
    }
  }
  return groups
}

function clusterIdOf(index: number): ClusterId {
  return toId('Cluster', uuid(index))
}

/** Ties are broken by ids, so these have to be the same in every run. */
function uuid(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}
