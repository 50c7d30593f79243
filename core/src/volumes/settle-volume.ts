import { keepFormer } from './keep-former.ts'
import type { SettledVolume } from './settled-volume.ts'
import type { Settlement } from './settlement.ts'

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
      // What it was to become fails with it: what comes back is what was seen last.
      return { ...keepFormer(volume, settlement.writtenSizeBytes ?? volume.sizeBytes), state: 'MISSING' }
    case 'CHANGE_REFUSED':
      return keepFormer(volume, settlement.backend.sizeBytes, settlement.propertiesTaken)
  }
}
