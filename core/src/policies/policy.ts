import type { Ratio } from '../units/ratio.ts'

/** Which clusters qualify for a volume, and up to where. */
export interface PlacementPolicy {
  readonly name: string
  readonly revision: number
  /** Promised gate for new volumes: projected ratio at most this. */
  readonly maxProvisionedRatio: Ratio
  /** Promised gate for growth; above the former, so that what exists keeps headroom. */
  readonly maxProvisionedRatioForResize: Ratio
  /** Written gate: physically free / effective stays at least this after the request's expected use. */
  readonly minFreeRatio: Ratio
  /** Share of a new volume's size x replicas that is expected to be written soon. */
  readonly expectedUseRatio: Ratio
  /** An observation older than this does not count, in ms. */
  readonly maxObservationAgeMs: number
  readonly defaultReplicas: number
  readonly defaultCompression: boolean
}
