import type { DomainError } from '../errors.ts'
import type { Operation } from '../operations/operation.ts'
import type { ExplainedOutcome } from '../placement/explained-placer.ts'
import type { PlacementDecision } from '../placement/placement-decision.ts'
import type { UpdateIntent, WantedCreate } from '../placement/placement-intent.ts'
import type { CloneSource } from '../volumes/clone-source.ts'
import type { Volume } from '../volumes/volume.ts'

export interface Updated {
  readonly volume: Volume
  readonly operation: Operation
}

export interface Placed extends Updated {
  readonly decision: PlacementDecision
}

export interface PreviewRequest {
  /** Null is that of the source. */
  readonly sizeBytes: bigint | null
  readonly project: string
  readonly source: CloneSource | null
  /** Null is left to the policy. */
  readonly replicas: number | null
  /** As `groupKeyOf` writes it; null for none. */
  readonly group: string | null
}

export interface PlacementPreview {
  readonly decidedAt: Date
  readonly policyName: string
  readonly policyRevision: number
  /** One for each request, in the same order. */
  readonly placements: readonly PreviewedPlacement[]
}

export interface PreviewedPlacement {
  readonly sizeBytes: bigint
  readonly replicas: number
  /** Its verdicts and its summary are worked out when they are read. */
  readonly outcome: ExplainedOutcome
}

/**
 * Decides for requests and writes down what was decided in one transaction. Each intent gets its own answer: a refused
 * one is rejected with its DomainError and never fails the others. Exact under any number of callers.
 */
export interface PlacementLedger {
  /**
   * @throws OverloadedError when too many wait already, or it has waited for seconds without a transaction that could
   *   take it, and then none will, or the one that took it has lost race after race; InvalidInputError for a policy that is unknown
   */
  place(wanted: WantedCreate): Promise<Placed>
  /** Growth is reserved like any placement; what shrinks stays promised until its cluster has confirmed it. @throws as `place` */
  update(wanted: UpdateIntent): Promise<Updated>
  /**
   * What would be decided now, by the same code on the same view, each deducted from what the next one sees. Writes
   * nothing. Clusters whose ratios are equal are ordered by the volume's id, which only a real request has.
   *
   * @throws InvalidInputError for a policy that is unknown
   */
  preview(policyName: string, requests: readonly PreviewRequest[]): Promise<PlacementPreview>
  /** Why each of these updates would be refused now, or null; decided as by `preview`, and nothing is written. */
  previewUpdates(intents: readonly UpdateIntent[]): Promise<readonly (DomainError | null)[]>
}
