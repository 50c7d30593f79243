import type { ErrorCode } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import type { FindingId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { Volume } from '../volumes/volume.ts'

export const MAX_ADOPTED = 1_000

/** One volume to take under management. */
export interface WantedAdoption {
  readonly findingId: FindingId
  /** For the volume, should it be adopted. */
  readonly volumeId: VolumeId
  /** Null for one like that on the cluster. */
  readonly name: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** What became of one of them: a volume, or why not. */
export interface AdoptionOutcome {
  readonly findingId: FindingId
  readonly volumeId: VolumeId | null
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null
}

export interface Adoption {
  readonly project: string
  readonly policyName: string
  readonly items: readonly WantedAdoption[]
}

/** What people do about findings. One transaction each, with its events; each replays for a known key. */
export interface FindingStore {
  /**
   * Makes records for volumes that clusters have already; touches nothing there. What cannot be adopted is refused by itself.
   *
   * @throws InvalidInputError for an unknown policy, IdempotencyConflictError
   */
  adopt(
    adoption: Adoption,
    operation: NewOperation,
  ): Promise<{ outcomes: readonly AdoptionOutcome[]; operation: Operation }>

  /** @throws NotFoundError, InvalidInputError, InvalidStateError, IdempotencyConflictError */
  ignore(
    id: FindingId,
    until: Date,
    reason: string,
    operation: NewOperation,
  ): Promise<{ finding: Finding; operation: Operation }>

  /**
   * Asks for a MISSING volume anew, empty, on its cluster, where its bytes have stayed promised.
   *
   * @throws NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError
   */
  recreate(
    id: VolumeId,
    operation: NewOperation,
    expectedRevision: number | null,
  ): Promise<{ volume: Volume; operation: Operation }>

  /**
   * Deletes a MISSING volume from the records alone, with its MISSING snapshots. Should they turn up again, they are foreign.
   *
   * @throws NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError
   */
  forget(
    id: VolumeId,
    operation: NewOperation,
    expectedRevision: number | null,
  ): Promise<{ volume: Volume; operation: Operation }>
}
