import type { VolumeRecord } from './records.ts'

/** Sums over volumes, in bytes; every replica counts. */
export interface StorageTotals {
  readonly logicalBytes: bigint
  readonly logicalUsedBytes: bigint
  readonly physicalUsedBytes: bigint
}

const EMPTY: StorageTotals = { logicalBytes: 0n, logicalUsedBytes: 0n, physicalUsedBytes: 0n }

/** Physical bytes that one replica of the volume takes. */
export function physicalBytesPerReplica(volume: VolumeRecord, compressionRatio: number): bigint {
  if (!volume.compression) return volume.writtenBytes
  const ratioPerMille = BigInt(Math.round(compressionRatio * 1000))
  return (volume.writtenBytes * 1000n) / ratioPerMille
}

/** Keeps the sums per node as volumes come, change and go, so that a statistics request costs O(nodes). */
export class RunningTotals {
  readonly #byNode = new Map<string, StorageTotals>()
  readonly #compressionRatio: number

  constructor(compressionRatio: number) {
    this.#compressionRatio = compressionRatio
  }

  /** Replaces what `previous` contributed by what `next` does. A Failed volume takes no space. */
  replace(previous: VolumeRecord | undefined, next: VolumeRecord | undefined): void {
    if (previous && previous.state !== 'Failed') this.#add(previous, -1n)
    if (next && next.state !== 'Failed') this.#add(next, 1n)
  }

  ofNode(nodeUuid: string): StorageTotals {
    return this.#byNode.get(nodeUuid) ?? EMPTY
  }

  ofCluster(): StorageTotals {
    return [...this.#byNode.values()].reduce(sum, EMPTY)
  }

  #add(volume: VolumeRecord, sign: bigint): void {
    const share = {
      logicalBytes: sign * volume.sizeBytes,
      logicalUsedBytes: sign * volume.writtenBytes,
      physicalUsedBytes: sign * physicalBytesPerReplica(volume, this.#compressionRatio),
    }
    for (const nodeUuid of volume.nodeUuids) this.#byNode.set(nodeUuid, sum(this.ofNode(nodeUuid), share))
  }
}

function sum(a: StorageTotals, b: StorageTotals): StorageTotals {
  return {
    logicalBytes: a.logicalBytes + b.logicalBytes,
    logicalUsedBytes: a.logicalUsedBytes + b.logicalUsedBytes,
    physicalUsedBytes: a.physicalUsedBytes + b.physicalUsedBytes,
  }
}
