import type { VolumeState } from './volume.ts'

/** What a volume is charged by. */
export interface ChargedVolume {
  readonly state: VolumeState
  readonly sizeBytes: bigint
  readonly replicas: number
  /** Its size x replicas in its cluster's last inventory; 0 when that does not contain it. */
  readonly observedBytes: bigint
}

/** A volume's share of its cluster's pending bytes: what is promised beyond the last inventory (design.md 3, rule 4). */
export function owedBytes({ state, sizeBytes, replicas, observedBytes }: ChargedVolume): bigint {
  if (state === 'DELETED' || state === 'FAILED' || state === 'RELEASED') return 0n
  const owed = sizeBytes * BigInt(replicas) - observedBytes
  return owed > 0n ? owed : 0n
}
