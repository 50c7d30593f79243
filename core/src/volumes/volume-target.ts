import type { Cluster } from '../clusters/cluster.ts'
import type { ClusterDataPath } from '../clusters/data-path.ts'
import type { Volume, VolumeState } from './volume.ts'

/** What a host needs to reach one volume. */
export interface VolumeTarget extends ClusterDataPath {
  /** The cluster's UUID of the volume, which is also that of its NVMe namespace. */
  readonly volumeUuid: string
}

/** The target, or why there is none now. */
export type VolumeReach =
  | { readonly target: VolumeTarget; readonly reason: null }
  | { readonly target: null; readonly reason: string }

const REACHED_IN: readonly VolumeState[] = ['AVAILABLE', 'RESIZING', 'UPDATING']

/**
 * Only what the volume's own cluster has said of itself, and only while the volume is certainly there: the subsystem of
 * another one may show a host somebody else's data (lightos-api.md section 14.3).
 *
 * @param cluster the one that the volume is on
 */
export function volumeTarget(
  { id, state, clusterId, backendId }: Volume,
  { id: ownId, name, connection, detachedAt, dataPath }: Cluster,
): VolumeReach {
  if (clusterId !== ownId) throw new Error(`${id} is on ${clusterId}, not on ${ownId}`)
  if (!REACHED_IN.includes(state)) return none(`the volume is ${state}`)
  if (backendId === null) return none('its cluster has not confirmed the volume yet')
  if (detachedAt) return none(`cluster "${name}" has left the fleet`)
  if (connection === 'QUARANTINED') return none(`cluster "${name}" answers as another one`)
  if (dataPath === null) return none(`cluster "${name}" has not said where its volumes are reached`)
  return { target: { ...dataPath, volumeUuid: backendId }, reason: null }
}

function none(reason: string): VolumeReach {
  return { target: null, reason }
}
