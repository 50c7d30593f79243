import type { Ratio } from '../units/ratio.ts'

export const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

/** What the labels of a cluster have to be. `In` and `NotIn` name values; the others look at the key alone. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: (typeof LABEL_OPERATORS)[number]
  readonly values: readonly string[]
}

export interface LabelPreference extends LabelRequirement {
  /** What a match is worth, in units of the ratio that placement ranks by; 0 to 1. */
  readonly weight: Ratio
}

export const SPREAD_MODES = ['SPREAD', 'ANTI_AFFINITY'] as const

/** How the volumes of one group lie to each other. */
export interface SpreadRule {
  /** Key of a label, or `cluster` for the cluster itself. */
  readonly label: string
  /** SPREAD prefers values with fewer members; ANTI_AFFINITY does without the preference. */
  readonly mode: (typeof SPREAD_MODES)[number]
  /** Members of a group that one value of the label may have; null for any number. */
  readonly maxPerValue: number | null
}

export const DRIFT_RULES = ['REPORT', 'REVERT'] as const

export const RANKINGS = ['LOWEST_PROJECTED_RATIO', 'LOWEST_CURRENT_RATIO'] as const

/** How much of the recent placements one cluster may take before it yields to others. */
export interface ShareRule {
  readonly cap: Ratio
  /** How far back placements count, in ms. */
  readonly windowMs: number
  /** A cluster that joined less than this ago has its cap scaled by age / ramp; 0 for none. */
  readonly rampMs: number
}

/** Which clusters qualify for a volume, up to where, and in what order; the exact form of a policy document. */
export interface PlacementPolicy {
  readonly name: string
  readonly revision: number
  readonly description: string
  readonly require: readonly LabelRequirement[]
  readonly prefer: readonly LabelPreference[]
  readonly spread: SpreadRule | null
  /** Promised gate for new volumes: projected ratio at most this. */
  readonly maxProvisionedRatio: Ratio
  /** Promised gate for growth; not below the former, so that what exists keeps headroom. */
  readonly maxProvisionedRatioForResize: Ratio
  /** Written gate: physically free / effective stays at least this after the request's expected use. */
  readonly minFreeRatio: Ratio
  /** Share of a new volume's size x replicas that is expected to be written soon. */
  readonly expectedUseRatio: Ratio
  /** An observation older than this does not count, in ms. */
  readonly maxObservationAgeMs: number
  /** Whether a cluster that reports a warning qualifies. */
  readonly allowDegraded: boolean
  /** Largest logical size of one volume; null for any. */
  readonly maxVolumeSizeBytes: bigint | null
  /** Volumes that one cluster may hold, ours or not; null for any number. */
  readonly maxVolumesPerCluster: number | null
  readonly ranking: (typeof RANKINGS)[number]
  readonly share: ShareRule | null
  /** What is done about volumes that were changed behind our back: told, or put back as well. */
  readonly drift: (typeof DRIFT_RULES)[number]
  readonly defaultReplicas: number
  readonly defaultCompression: boolean
  /** Name of a QoS policy of the clusters; null for none. */
  readonly defaultQosPolicy: string | null
}
