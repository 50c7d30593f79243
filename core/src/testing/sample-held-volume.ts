import type { HeldHost, HeldVolume } from '../moves/held-volume.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import { SAMPLE_POLICY, sampleClusterId, sampleRequest, sampleUuid, sampleVolumeId } from './sample-fleet.ts'

type Overrides = Partial<Omit<HeldVolume, 'request'>> & { readonly request?: Partial<PlacementRequest> }

/** A volume at rest on cluster 1: 1 TiB in two replicas, with nothing that binds it there. */
export function sampleHeldVolume(number: number, { request, ...overrides }: Overrides = {}): HeldVolume {
  return {
    request: sampleRequest({ volumeId: sampleVolumeId(number), ...request }),
    clusterId: sampleClusterId(1),
    project: 'default',
    name: `volume-${number}`,
    state: 'AVAILABLE',
    compression: false,
    qosPolicy: null,
    labels: {},
    backendId: '5f0c1a4e-0000-4000-8000-000000000001',
    policyName: SAMPLE_POLICY.name,
    snapshotCount: 0,
    foreignSnapshotCount: 0,
    cloneCount: 0,
    foreignCloneCount: 0,
    isClone: false,
    hosts: [],
    schedules: [],
    foreignNqns: [],
    ...overrides,
  }
}

export function sampleHeldHost(number: number): HeldHost {
  return { id: `hst_${sampleUuid(number)}`, mode: 'SHARED' }
}
