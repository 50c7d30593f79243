import type { ClusterId } from '../identity/ids.ts'
import type { Backtest } from '../placement/replay-under.ts'
import type { WhatIfStage } from '../placement/what-if.ts'
import type { PolicyDocument } from '../policies/policy-document.ts'

export const MAX_REPLAYED = 10_000
export const DEFAULT_REPLAYED = 1_000
export const MAX_ADDED_CLUSTERS = 100
export const MAX_GROWTH_STEPS = 120
/** Requests of one what-if, with what lost clusters held. */
export const MAX_TRIED = 10_000
/** Requests times stages: each stage places all of them anew. */
export const MAX_TRIED_OVERALL = 100_000

/** A cluster that could be there: empty, healthy, seen this moment, a member for long. */
export interface AddedCluster {
  readonly name: string
  readonly effectiveBytes: bigint
  readonly labels: Readonly<Record<string, string>>
  /** 1 to 3; 3 when absent. */
  readonly maxReplicas?: number
}

/** By name or as a document, never both. */
interface TrialPolicy {
  readonly policy?: string
  readonly document?: PolicyDocument
}

export interface BackTestInput extends TrialPolicy {
  readonly from?: Date
  readonly to?: Date
  /** How many decisions, the newest of the range; DEFAULT_REPLAYED when absent. */
  readonly last?: number
  /** Only decisions that this policy took. */
  readonly decidedBy?: string
  readonly fleet: 'RECORDED' | 'PRESENT'
  readonly addClusters: readonly AddedCluster[]
  readonly withoutClusters: readonly ClusterId[]
}

export interface BackTestReport extends Backtest {
  readonly decisionCount: number
  /** Null when the range holds no decision. */
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  readonly hasEarlier: boolean
  /** Of every cluster on either side. */
  readonly clusterNames: ReadonlyMap<ClusterId, string>
}

/** As many alike volumes as `count` says. */
export interface OnboardedVolumes {
  readonly count: number
  readonly sizeBytes: bigint
  /** The policy's default when absent. */
  readonly replicas?: number
  readonly project: string
  readonly group?: string
}

export interface WhatIfInput extends TrialPolicy {
  readonly addClusters: readonly AddedCluster[]
  readonly loseClusters: readonly ClusterId[]
  readonly growth?: { readonly ratePerStep: string; readonly steps: number }
  readonly onboard: readonly OnboardedVolumes[]
}

export interface WhatIfReport {
  readonly seenAt: Date
  readonly policyName: string
  /** Null for a document that came with the input. */
  readonly policyRevision: number | null
  /** Volumes of lost clusters that are placed again in every stage but the first. */
  readonly displacedCount: number
  readonly stages: readonly WhatIfStage[]
  readonly clusterNames: ReadonlyMap<ClusterId, string>
}

/**
 * Questions that the real placer answers on a copy. Nothing is reserved, no lock is taken, and other requests are served in
 * between.
 *
 * @throws InvalidInputError with every fault, OverloadedError when too many wait already
 */
export interface PlacementTrials {
  /** What past decisions come to under another policy or on another fleet. @throws RecordFaultError */
  backTest(input: BackTestInput): Promise<BackTestReport>
  /** How the present fleet would fare with changes and with requests. */
  whatIf(input: WhatIfInput): Promise<WhatIfReport>
}
