import type { ProtectionState } from './protection.ts'
import { protectionOf } from './protection.ts'
import type { VolumeRecord } from './records.ts'

export interface ClusterHealth {
  readonly state: 'OK' | 'Warning' | 'Error'
  readonly numDegradedVolumes: number
  readonly numReadOnlyVolumes: number
  readonly numNotAvailableVolumes: number
  readonly numInactiveNodes: number
  readonly numHealthyVolumes: number
}

/** Counts volumes by protection; counted anew only when nodes or fullness change, which is rare. */
export class ProtectionCounts {
  readonly #counts = new Map<ProtectionState, number>()
  #inactiveNodes: ReadonlySet<string> = new Set()
  #physicallyFull = false

  replace(previous: VolumeRecord | undefined, next: VolumeRecord | undefined): void {
    if (previous) this.#add(previous, -1)
    if (next) this.#add(next, 1)
  }

  /**
   * Follows the conditions of the cluster; recounts `volumes` only when they differ from the last ones. A
   * change of nodes brings a new set, so the sets compare by identity.
   */
  follow(inactiveNodes: ReadonlySet<string>, physicallyFull: boolean, volumes: Iterable<VolumeRecord>): void {
    if (inactiveNodes === this.#inactiveNodes && physicallyFull === this.#physicallyFull) return
    this.#inactiveNodes = inactiveNodes
    this.#physicallyFull = physicallyFull
    this.#counts.clear()
    for (const volume of volumes) this.#add(volume, 1)
  }

  health(): ClusterHealth {
    const count = (state: ProtectionState) => this.#counts.get(state) ?? 0
    const unusable = count('ReadOnly') + count('NotAvailable')
    const impaired = this.#inactiveNodes.size + count('Degraded')
    return {
      state: unusable > 0 ? 'Error' : impaired > 0 ? 'Warning' : 'OK',
      numDegradedVolumes: count('Degraded'),
      numReadOnlyVolumes: count('ReadOnly'),
      numNotAvailableVolumes: count('NotAvailable'),
      numInactiveNodes: this.#inactiveNodes.size,
      numHealthyVolumes: count('FullyProtected'),
    }
  }

  #add(volume: VolumeRecord, step: number): void {
    if (volume.state === 'Failed') return
    const state = protectionOf(volume, this.#inactiveNodes, this.#physicallyFull)
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + step)
  }
}
