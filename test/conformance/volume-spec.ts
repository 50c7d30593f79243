import type {
  BackendSnapshotSpec,
  BackendVolumeSpec,
  ClusterSession,
} from '@flotilla/core/ports/cluster-driver'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'

const GIB = 1n << 30n

let made = 0

/** A small valid volume with a name that no other test uses. */
export function volumeSpec(changes: Partial<BackendVolumeSpec> = {}): BackendVolumeSpec {
  made += 1
  return {
    name: `flo-conformance-${made}`,
    project: 'default',
    sizeBytes: 4n * GIB,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    sourceSnapshotId: null,
    ...changes,
  }
}

/** A snapshot of the volume with a name that no other test uses. */
export function snapshotSpec(
  volume: Pick<BackendVolume, 'backendId' | 'project'>,
  changes: Partial<BackendSnapshotSpec> = {},
): BackendSnapshotSpec {
  made += 1
  return {
    name: `flo-conformance-${made}`,
    project: volume.project,
    volumeId: volume.backendId,
    description: 'nightly',
    retentionSeconds: null,
    ...changes,
  }
}

/** All pages as one list. */
export async function listAll(session: ClusterSession, signal?: AbortSignal): Promise<BackendVolume[]> {
  const volumes: BackendVolume[] = []
  for await (const page of session.listVolumes(signal)) volumes.push(...page)
  return volumes
}
