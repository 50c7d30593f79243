import type { ChargedVolume } from './owed-bytes.ts'
import type { FormerProperties, VolumeProperties } from './volume-properties.ts'

/** What a settlement may change of a volume's record. */
export interface SettledVolume extends ChargedVolume, VolumeProperties {
  readonly shrinkToBytes: bigint | null
  readonly formerProperties: FormerProperties | null
  /** Whether it is put back to what its record says, which then says what is wanted however that ends. */
  readonly putsBack?: boolean
}
