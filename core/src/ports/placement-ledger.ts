import type { DomainError } from '../errors.ts'
import type { DecisionId, OperationId, VolumeId } from '../identity/ids.ts'
import type { Operation } from '../operations/operation.ts'
import type { OperationRequest } from '../operations/operation-request.ts'
import type { ExplainedOutcome } from '../placement/explained-placer.ts'
import type { PlacementDecision } from '../placement/placement-decision.ts'
import type { CloneSource } from '../volumes/clone-source.ts'
import type { Volume } from '../volumes/volume.ts'
import type { OperationCause } from './actor.ts'

/** The record that each asked-for piece of work starts with. */
export interface NewOperation extends OperationCause {
  readonly id: OperationId
  readonly actor: string
  readonly idempotencyKey: string
  /** Equal for equal inputs. */
  readonly inputFingerprint: string
  /** What is asked for, where that is kept so that it may be asked for again. */
  readonly request?: OperationRequest
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
    readonly source: CloneSource | null
  }
}

/** What is null stays as it is. */
export interface UpdateIntent {
  readonly kind: 'UPDATE'
  readonly operation: NewOperation
  /** For the decision that growth needs. */
  readonly decisionId: DecisionId
  readonly volumeId: VolumeId
  readonly expectedRevision: number | null
  readonly sizeBytes: bigint | null
  /** Whether a smaller size is meant, and what lies beyond it may be lost. */
  readonly force: boolean
  readonly changes: {
    readonly name: string | null
    readonly compression: boolean | null
    /** Absent when it stays; null for the cluster's default. */
    readonly qosPolicy?: string | null
    readonly labels: Readonly<Record<string, string>> | null
  }
}

export type PlacementIntent = CreateIntent | UpdateIntent

/** A creation as it is asked for: null is left to the policy. */
export interface WantedCreate extends Omit<CreateIntent, 'volume'> {
  readonly volume: Omit<CreateIntent['volume'], 'sizeBytes' | 'replicas' | 'compression'> & {
    /** Null is that of the source. */
    readonly sizeBytes: bigint | null
    readonly replicas: number | null
    readonly compression: boolean | null
  }
}

/** An update goes by the policy of the volume. */
export type WantedPlacement = WantedCreate | UpdateIntent

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
