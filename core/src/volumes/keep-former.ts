import type { SettledVolume } from './settled-volume.ts'

/**
 * A volume as it is left by a change that does not come to be. What shrinks was promised at its former size all the while; what
 * grows is left with what the cluster has.
 *
 * @param presentBytes what its cluster has of it
 * @param propertiesTaken whether the cluster has taken other properties, which then stay
 */
export function keepFormer<V extends SettledVolume>(
  volume: V,
  presentBytes: bigint,
  propertiesTaken = false,
): V {
  const { state, sizeBytes, shrinkToBytes, formerProperties, putsBack = false } = volume
  const mayBeLess = state !== 'UPDATING' && shrinkToBytes === null && !putsBack
  return {
    ...volume,
    ...(propertiesTaken || putsBack ? {} : formerProperties),
    state: 'AVAILABLE',
    sizeBytes: mayBeLess && presentBytes < sizeBytes ? presentBytes : sizeBytes,
    shrinkToBytes: mayBeLess ? shrinkToBytes : null,
    formerProperties: null,
  }
}
