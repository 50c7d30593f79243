import type { DecisionId, OperationId, VolumeId } from '../identity/ids.ts'
import type { Operation } from '../operations/operation.ts'
import type { PlacementOutcome } from '../placement/place-volume.ts'
import type { PlacementDecision } from '../placement/placement-decision.ts'
import type { Volume } from '../volumes/volume.ts'

/** The record that each asked-for piece of work starts with. */
export interface NewOperation {
  readonly id: OperationId
  readonly actor: string
  readonly idempotencyKey: string
  /** Equal for equal inputs. */
  readonly inputFingerprint: string
}

export interface CreateIntent {
  readonly kind: 'CREATE'
  readonly operation: NewOperation
  readonly decisionId: DecisionId
  readonly volume: {
    readonly id: VolumeId
    readonly project: string
    readonly name: string
    readonly sizeBytes: bigint
    readonly replicas: number
    readonly compression: boolean
    readonly labels: Readonly<Record<string, string>>
    /** Kept apart from its other members as the policy says; unique over all projects, null for none. */
    readonly group: string | null
  }
}

export interface GrowIntent {
  readonly kind: 'GROW'
  readonly operation: NewOperation
  readonly decisionId: DecisionId
  readonly volumeId: VolumeId
  readonly sizeBytes: bigint
  readonly expectedRevision: number | null
}

export type PlacementIntent = CreateIntent | GrowIntent

export interface Placed {
  readonly volume: Volume
  readonly operation: Operation
  readonly decision: PlacementDecision
}

export interface PreviewRequest {
  readonly sizeBytes: bigint
  readonly replicas: number
}

export interface PlacementPreview {
  readonly decidedAt: Date
  readonly policyName: string
  readonly policyRevision: number
  /** One for each request, in the same order. */
  readonly placements: readonly PreviewedPlacement[]
}

export interface PreviewedPlacement extends PreviewRequest, PlacementOutcome {}

/**
 * Decides for requests and writes down what was decided in one transaction. Each intent gets its own answer: a refused
 * one is rejected with its DomainError and never fails the others. Exact under any number of callers.
 */
export interface PlacementLedger {
  /** @throws OverloadedError when too many wait already */
  place(intent: PlacementIntent): Promise<Placed>
  /**
   * What would be decided now, by the same code on the same view, each deducted from what the next one sees. Writes
   * nothing. Clusters whose ratios are equal are ordered by the volume's id, which only a real request has.
   */
  preview(requests: readonly PreviewRequest[]): Promise<PlacementPreview>
}
