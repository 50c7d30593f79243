import type { Settlement } from '../ports/reconcile-store.ts'
import type { ChargedVolume } from './owed-bytes.ts'
import type { VolumeProperties } from './volume-properties.ts'

/** What a settlement may change of a volume's record. */
export interface SettledVolume extends ChargedVolume, VolumeProperties {
  readonly shrinkToBytes: bigint | null
  readonly formerProperties: VolumeProperties | null
}

/** Those that settle something. */
export type FinalSettlement = Exclude<Settlement, { readonly kind: 'POSTPONED' }>

/**
 * The record of a leased volume after what became of it. The difference of `owedBytes` before and after is what its cluster's
 * pending bytes are given back.
 */
export function settleVolume<V extends SettledVolume>(volume: V, settlement: FinalSettlement): V {
  switch (settlement.kind) {
    case 'PRESENT':
      // The cluster has confirmed the smaller size: only now what lies beyond it is promised no more.
      return {
        ...volume,
        state: 'AVAILABLE',
        sizeBytes: volume.shrinkToBytes ?? volume.sizeBytes,
        shrinkToBytes: null,
        formerProperties: null,
      }
    case 'ABSENT':
      return { ...volume, state: volume.state === 'FAILED' ? 'FAILED' : 'DELETED', observedBytes: 0n }
    case 'GIVEN_UP':
      return { ...volume, state: 'FAILED', observedBytes: 0n }
    case 'VANISHED':
      return { ...volume, state: 'MISSING' }
    case 'CHANGE_REFUSED':
      return keepFormer(volume, settlement)
  }
}

/** What shrinks was promised at its former size all the while; what grows is left with what the cluster has. */
function keepFormer<V extends SettledVolume>(
  volume: V,
  { backend, propertiesTaken }: Extract<Settlement, { kind: 'CHANGE_REFUSED' }>,
): V {
  const { state, sizeBytes, shrinkToBytes, formerProperties } = volume
  const mayBeLess = state !== 'UPDATING' && shrinkToBytes === null
  return {
    ...volume,
    ...(propertiesTaken ? {} : formerProperties),
    state: 'AVAILABLE',
    sizeBytes: mayBeLess && backend.sizeBytes < sizeBytes ? backend.sizeBytes : sizeBytes,
    shrinkToBytes: mayBeLess ? shrinkToBytes : null,
    formerProperties: null,
  }
}
