import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { discharge } from './discharge.ts'

/** A volume on which a change is under way. */
export interface ChangingVolume {
  readonly volumeId: VolumeId
  readonly clusterId: ClusterId
  readonly state: VolumeState
  readonly shrinkToBytes: bigint | null
}

/**
 * Puts a volume back to what it was before a change that does not come to be, its hosts included. Its row and the
 * ledger's must be locked.
 *
 * @param presentBytes what its cluster has of it
 * @param propertiesTaken whether the cluster has taken other properties, which then stay
 */
export async function revertChange(
  client: pg.ClientBase,
  volume: ChangingVolume,
  presentBytes: bigint,
  propertiesTaken = false,
): Promise<void> {
  await discharge(client, volume, keepFormer(volume, presentBytes, propertiesTaken))
  await revertAttachments(client, volume.volumeId)
}

/** What shrinks was promised at its former size all the while; what grows is left with what the cluster has. */
function keepFormer(
  { state, shrinkToBytes }: ChangingVolume,
  presentBytes: bigint,
  propertiesTaken: boolean,
): string {
  const mayBeLess = state !== 'UPDATING' && shrinkToBytes === null
  const size = mayBeLess ? `size_bytes = least(size_bytes, ${presentBytes})` : 'shrink_to_bytes = NULL'
  const properties = propertiesTaken
    ? ''
    : `, compression = coalesce((former_properties ->> 'compression')::boolean, compression),
       qos_policy = CASE WHEN former_properties IS NULL THEN qos_policy ELSE former_properties ->> 'qosPolicy' END,
       labels = coalesce(former_properties -> 'labels', labels)`
  return `state = 'AVAILABLE', ${size}, former_properties = NULL, restore_snapshot_id = NULL,
          change_asked_at = NULL${properties}`
}
