import type { OperationId } from '../identity/ids.ts'
import type { OperationCause } from './actor.ts'
import type { OperationRequest } from './operation-request.ts'

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
