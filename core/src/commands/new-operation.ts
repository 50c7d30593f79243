import type { IdSource } from '../identity/ids.ts'
import type { Actor } from '../ports/actor.ts'
import type { NewOperation } from '../ports/placement-ledger.ts'
import { canonicalInput } from './canonical-input.ts'

export interface OperationPorts {
  readonly ids: IdSource
  /** One-way digest of a canonical input; it may hold a credential, so the text itself is never stored. */
  readonly digest: (text: string) => string
}

/** The record that a command with an idempotency key begins with. */
export function newOperation(
  { ids, digest }: OperationPorts,
  kind: string,
  input: { readonly idempotencyKey: string },
  actor: Actor,
): NewOperation {
  return {
    id: ids.next('Operation'),
    actor: actor.name,
    idempotencyKey: input.idempotencyKey,
    inputFingerprint: digest(canonicalInput(kind, input)),
  }
}
