import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { Candidate, CandidateFigures } from '../placement/candidate.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import type { PlacementPolicy } from '../policies/policy.ts'

/** What the tests of placement share: one moment, and a fleet whose every figure is told or plainly good. */
export const NOW = new Date('2026-01-01T00:00:00Z')
export const GIB = 1n << 30n
export const TIB = 1n << 40n

/** Round limits: 1.5 for creates, 1.75 for growth, a tenth free, a quarter expected to be written, 45 s. */
export const SAMPLE_POLICY: PlacementPolicy = {
  name: 'sample',
  revision: 7,
  description: '',
  require: [],
  prefer: [],
  spread: null,
  maxProvisionedRatio: { numerator: 3n, denominator: 2n },
  maxProvisionedRatioForResize: { numerator: 7n, denominator: 4n },
  minFreeRatio: { numerator: 1n, denominator: 10n },
  expectedUseRatio: { numerator: 1n, denominator: 4n },
  maxObservationAgeMs: 45_000,
  allowDegraded: true,
  maxVolumeSizeBytes: null,
  maxVolumesPerCluster: null,
  ranking: 'LOWEST_PROJECTED_RATIO',
  share: null,
  drift: 'REPORT',
  defaultReplicas: 2,
  defaultCompression: false,
  defaultQosPolicy: null,
}

export function sampleUuid(number: number): string {
  return `01939b6c-7b1e-7c3a-9d52-${number.toString(16).padStart(12, '0')}`
}

export function sampleClusterId(number: number): ClusterId {
  return `cls_${sampleUuid(number)}`
}

export function sampleVolumeId(number: number): VolumeId {
  return `vol_${sampleUuid(number)}`
}

type CandidateOverrides = Partial<Omit<Candidate, 'figures'>> & { figures?: Partial<CandidateFigures> | null }

/** An empty, healthy cluster of 10 TiB, seen this moment. */
export function sampleCandidate(
  number: number,
  { figures, ...overrides }: CandidateOverrides = {},
): Candidate {
  return {
    clusterId: sampleClusterId(number),
    clusterName: `cluster-${number}`,
    adminState: 'ACTIVE',
    connection: 'CONNECTED',
    health: 'OK',
    labels: {},
    joinedAtMs: 0,
    recentBytes: 0n,
    figures:
      figures === null
        ? null
        : {
            provisionedBytes: 0n,
            pendingBytes: 0n,
            effectiveBytes: 10n * TIB,
            freeBytes: 10n * TIB,
            maxReplicas: 3,
            volumeCount: 0,
            observedAtMs: NOW.getTime(),
            ...figures,
          },
    ...overrides,
  }
}

/** A new volume of 1 TiB in two replicas. */
export function sampleRequest(overrides: Partial<PlacementRequest> = {}): PlacementRequest {
  return {
    volumeId: sampleVolumeId(1),
    sizeBytes: TIB,
    replicas: 2,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group: null,
    ...overrides,
  }
}
