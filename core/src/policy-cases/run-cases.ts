import { type ClusterId, toId } from '../identity/ids.ts'
import type { Candidate, CandidateFigures } from '../placement/candidate.ts'
import { ExplainedPlacer } from '../placement/explained-placer.ts'
import { rejectVolumeSize } from '../placement/filters/fits-volume-size.ts'
import type { Groups } from '../placement/group-counts.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import type { CandidateVerdict } from '../placement/verdict.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
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

interface Outcome {
  readonly clusterId: ClusterId | null
  readonly verdicts: readonly Pick<CandidateVerdict, 'clusterName' | 'score' | 'rejection'>[]
}

/** Decides every case on the placer that decides real requests. Nothing else is asked: no clock, no database. */
export function runCases({ policy, fleet, cases }: CaseFile): readonly CaseResult[] {
  // Far enough from zero that every age within the file lies behind it.
  const nowMs = Math.max(...fleet.flatMap(agesOf))
  const candidates = fleet.map((cluster, index) => toCandidate(cluster, index, nowMs))
  const groups = groupsOf(fleet)
  return cases.flatMap(({ name, requests }) => {
    const placer = new ExplainedPlacer({ candidates, groups, nowMs }, policy)
    return requests.map((request, index) =>
      toResult(
        name,
        index + 1,
        request,
        refuseGrowth(request, policy) ??
          placer.place(toRequest(request, index, fleet, policy.defaultReplicas)),
      ),
    )
  })
}

function agesOf(cluster: CaseCluster): readonly number[] {
  return cluster.observed === false ? [cluster.joinedAgoMs] : [cluster.joinedAgoMs, cluster.observedAgoMs]
}

/** What a volume may grow to is looked at before its growth is placed. */
function refuseGrowth({ growsOn, growsFrom, size }: CaseRequest, policy: PlacementPolicy): Outcome | null {
  if (growsOn === null || growsFrom === null) return null
  const rejection = rejectVolumeSize(size, policy)
  return rejection && { clusterId: null, verdicts: [{ clusterName: growsOn, score: null, rejection }] }
}

function toResult(
  caseName: string,
  number: number,
  { expect }: CaseRequest,
  { clusterId, verdicts }: Outcome,
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
  return {
    clusterId: clusterIdOf(index),
    clusterName: cluster.name,
    adminState: cluster.adminState,
    connection: cluster.connection,
    health: cluster.health,
    labels: cluster.labels,
    joinedAtMs: nowMs - cluster.joinedAgoMs,
    recentBytes: cluster.observed === false ? 0n : cluster.recent,
    figures: cluster.observed === false ? null : toFigures(cluster, nowMs),
  }
}

function toFigures(
  { effective, used, ...cluster }: Exclude<CaseCluster, { observed: false }>,
  nowMs: number,
): CandidateFigures {
  return {
    provisionedBytes: cluster.provisioned,
    pendingBytes: cluster.pending,
    effectiveBytes: effective,
    freeBytes: used < effective ? effective - used : 0n,
    maxReplicas: cluster.maxReplicas,
    volumeCount: cluster.volumeCount,
    observedAtMs: nowMs - cluster.observedAgoMs,
  }
}

function toRequest(
  { size, replicas, group, growsOn, growsFrom, pinnedTo, exclude }: CaseRequest,
  index: number,
  fleet: readonly CaseCluster[],
  defaultReplicas: number,
): PlacementRequest {
  const idOf = (wanted: string) => clusterIdOf(fleet.findIndex(({ name }) => name === wanted))
  return {
    volumeId: toId('Volume', uuid(index)),
    sizeBytes: size - (growsFrom ?? 0n),
    replicas: replicas ?? defaultReplicas,
    excludedClusterIds: exclude.map(idOf),
    growsOn: growsOn === null ? null : idOf(growsOn),
    pinnedTo: pinnedTo === null ? null : idOf(pinnedTo),
    group,
  }
}

function groupsOf(fleet: readonly CaseCluster[]): Groups {
  const groups = new Map<string, Map<ClusterId, number>>()
  for (const [index, cluster] of fleet.entries()) {
    if (cluster.observed === false) continue
    for (const [group, count] of Object.entries(cluster.groups)) {
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
