import type { OperationId } from '../identity/ids.ts'

/** Who asks: the name of the token, kept on the operation and in the audit trail. */
export interface Actor {
  readonly name: string
  /** The operation because of which this is asked; absent for what somebody asks by himself. */
  readonly cause?: OperationCause
}

export interface OperationCause {
  /** The bulk operation that this is an item of. */
  readonly parentId?: OperationId
  /** The operation that is repeated, or cancelled. */
  readonly formerId?: OperationId
}
