import { ClusterState } from '../cluster/cluster-state.ts'
import type { ClusterSettings } from '../cluster/records.ts'
import type { CreateVolumeRequest } from '../cluster/volumes.ts'
import { installCluster } from '../fleet/new-cluster.ts'
import { ManualClock } from './manual-clock.ts'

export const TIB = 1n << 40n
export const GIB = 1n << 30n

/** An installed cluster without any HTTP, with uuids and time that a test can predict. */
export function pretendCluster(settings: Partial<ClusterSettings> = {}): {
  cluster: ClusterState
  clock: ManualClock
} {
  const clock = new ManualClock()
  let sequence = 0
  let uuids = 0
  const cluster = new ClusterState({
    identity: {
      uuid: '00000000-0000-4000-8000-000000000000',
      name: 'pretend',
      subsystemNqn: 'nqn.2016-01.com.lightbitslabs:uuid:00000000-0000-4000-8000-000000000000',
      apiEndpoint: '127.0.0.1:443',
      compressionRatio: 2,
    },
    settings: {
      delays: { createMs: 100, updateMs: 100, deleteMs: 100 },
      effectivePhysicalBytes: 100n * TIB,
      extraPhysicalUsedBytes: 0n,
      supportedMaxReplicas: 3,
      emitZeros: false,
      failNextCreates: 0,
      ...settings,
    },
    clock,
    nextSequence: () => ++sequence,
    newUuid: () => `00000000-0000-4000-9000-${String(++uuids).padStart(12, '0')}`,
  })
  installCluster(cluster, 3, '')
  return { cluster, clock }
}

/** A request for a volume that any cluster accepts, but for what is given. */
export function volumeRequest(given: Partial<CreateVolumeRequest> = {}): CreateVolumeRequest {
  return {
    name: 'volume',
    projectName: 'default',
    size: '4 gib',
    replicaCount: 2,
    compression: '',
    acl: ['ALLOW_NONE'],
    ipAcl: [],
    sectorSize: 0,
    sourceSnapshotUuid: '',
    sourceSnapshotName: '',
    qosPolicyUuid: '',
    qosPolicyName: '',
    labels: [],
    placementRestrictions: [],
    ...given,
  }
}
