import { type SnapshotId, toId, uuidOf, type VolumeId } from '../identity/ids.ts'

const PREFIX = 'flo-'
const OURS = /^flo-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/**
 * The name a volume or a snapshot has on its cluster. It follows from our id alone, so that a create whose answer was lost is found
 * again by looking, and cannot be carried out twice where names are unique (design.md 3, rule 2).
 */
export function backendNameOf(id: VolumeId | SnapshotId): string {
  return PREFIX + uuidOf(id)
}

/** The volume or snapshot that a name on a cluster claims to be, or `null` for a name that is not ours. */
export function idOfBackendName<T extends 'Volume' | 'Snapshot'>(type: T, name: string) {
  const uuid = OURS.exec(name)?.[1]
  return uuid ? toId(type, uuid) : null
}
