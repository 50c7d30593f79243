import type { OperationError } from '../operations/operation.ts'
import type { BackendVolume } from './backend-volume.ts'

/**
 * What became of a leased volume:
 * PRESENT: it is on its cluster as wanted.
 * ABSENT: it is deleted, by the cluster's word.
 * CHANGE_REFUSED: it keeps its former size, or what a restore has left of it, and its former properties unless they had been taken already.
 * One that was to be created is there, without what was refused.
 * GIVEN_UP: it cannot be created, and is on no cluster. One that was to be recreated is MISSING as before.
 * VANISHED: it was there, and its cluster no longer has it; reported, not made again. What was to be changed stays as it was.
 * POSTPONED: nothing is settled yet; look again after `delayMs`.
 */
export type Settlement =
  | {
      readonly kind: 'PRESENT'
      readonly backend: BackendVolume
      /** A create under this lease had no answer, and may be carried out besides. */
      readonly createUnknown?: boolean
    }
  | { readonly kind: 'ABSENT' }
  | {
      readonly kind: 'CHANGE_REFUSED'
      readonly backend: BackendVolume
      readonly error: OperationError
      readonly propertiesTaken: boolean
      /** As with PRESENT. */
      readonly createUnknown?: boolean
    }
  | { readonly kind: 'GIVEN_UP'; readonly error: OperationError }
  | {
      readonly kind: 'VANISHED'
      readonly error: OperationError
      /** The size that its cluster gave it last at our request; null when nobody knows. */
      readonly writtenSizeBytes: bigint | null
    }
  | {
      readonly kind: 'POSTPONED'
      readonly error: OperationError | null
      readonly delayMs: number
      /** Whether a create was sent under this lease that has been, or may yet be, carried out. */
      readonly createUnknown: boolean
      /** Whether its cluster was asked for a change under this lease that has been, or may yet be, carried out. */
      readonly changeAsked: boolean
      /** Its cluster has taken a restore or other properties under this lease, and is to be asked for them no more. */
      readonly changeTaken?: boolean
      /** A restore was sent under this lease that had no definite answer, and may yet be carried out. */
      readonly restoreUnknown?: boolean
    }
