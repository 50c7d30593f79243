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
  readonly policyName: string
  readonly volume: {
    readonly id: VolumeId
    readonly project: string
    readonly name: string
    readonly sizeBytes: bigint
    readonly replicas: number
    readonly compression: boolean
    /** Name of a QoS policy that its cluster has to have; null for none, or left to the policy. */
    readonly qosPolicy: string | null
    readonly labels: Readonly<Record<string, string>>
    /** As `groupKeyOf` writes it, so unique over all projects; null for none. */
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

/** A creation as it is asked for: null is left to the policy. */
export interface WantedCreate extends Omit<CreateIntent, 'volume'> {
  readonly volume: Omit<CreateIntent['volume'], 'replicas' | 'compression'> & {
    readonly replicas: number | null
    readonly compression: boolean | null
  }
}

/** Growth goes by the policy of the volume. */
export type WantedPlacement = WantedCreate | GrowIntent

export interface Placed {
  readonly volume: Volume
  readonly operation: Operation
  readonly decision: PlacementDecision
}

export interface PreviewRequest {
  readonly sizeBytes: bigint
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
  /** Its verdicts are worked out when they are first read. */
  readonly outcome: PlacementOutcome
}

/**
 * Decides for requests and writes down what was decided in one transaction. Each intent gets its own answer: a refused
 * one is rejected with its DomainError and never fails the others. Exact under any number of callers.
 */
export interface PlacementLedger {
  /**
   * @throws OverloadedError when too many wait already, or it has waited for seconds without a transaction that could
   *   take it, and then none will; InvalidInputError for a policy that is unknown
   */
  place(wanted: WantedPlacement): Promise<Placed>
  /**
   * What would be decided now, by the same code on the same view, each deducted from what the next one sees. Writes
   * nothing. Clusters whose ratios are equal are ordered by the volume's id, which only a real request has.
   *
   * @throws InvalidInputError for a policy that is unknown
   */
  preview(policyName: string, requests: readonly PreviewRequest[]): Promise<PlacementPreview>
}
