import type { DecisionId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { CloneSource } from '../volumes/clone-source.ts'

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
    /** Name of a QoS policy that its cluster has to have; null for none. */
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

/** A creation as it is asked for: null is left to the policy, but for the QoS policy, which may be none. */
export interface WantedCreate extends Omit<CreateIntent, 'volume'> {
  readonly volume: Omit<CreateIntent['volume'], 'sizeBytes' | 'replicas' | 'compression' | 'qosPolicy'> & {
    /** Null is that of the source. */
    readonly sizeBytes: bigint | null
    readonly replicas: number | null
    readonly compression: boolean | null
    /** Absent is left to the policy; null is none, whatever the policy says. */
    readonly qosPolicy?: string | null
  }
}

/** An update goes by the policy of the volume. */
export type WantedPlacement = WantedCreate | UpdateIntent
