import { toId, uuidOf, type VolumeId } from '../identity/ids.ts'

const PREFIX = 'flo-'
const OURS = /^flo-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/**
 * The name a volume has on its cluster. It follows from our id alone, so that a create whose answer was lost is found
 * again by looking, and cannot be carried out twice where names are unique (design.md 3, rule 2).
 */
export function backendNameOf(id: VolumeId): string {
  return PREFIX + uuidOf(id)
}

/** The volume that a name on a cluster claims to be, or `null` for a name that is not ours. */
export function volumeIdOfBackendName(name: string): VolumeId | null {
  const uuid = OURS.exec(name)?.[1]
  return uuid ? toId('Volume', uuid) : null
}
