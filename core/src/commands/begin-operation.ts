import type { IdSource } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import { toRequest } from '../operations/operation-request.ts'
import type { NewChange } from '../ports/new-change.ts'
import { canonicalInput } from './canonical-input.ts'

export interface OperationPorts {
  readonly ids: IdSource
  /** One-way digest of a canonical input; it may hold a credential, so the text itself is never stored. */
  readonly digest: (text: string) => string
}

/** A volume or a snapshot that was to be made says by itself what was asked for; of these nothing is left when they fail. */
const KEPT = ['UPDATE_VOLUME', 'RESTORE_VOLUME', 'ATTACH_VOLUME', 'DETACH_VOLUME']

/** The record that a command begins with; one that takes a key but was given none is recorded each time that it comes. */
export function beginOperation(
  ports: OperationPorts,
  kind: string,
  input: { readonly idempotencyKey: string },
  actor: Actor,
): NewOperation
export function beginOperation(
  ports: OperationPorts,
  kind: string,
  input: { readonly idempotencyKey?: string },
  actor: Actor,
): NewChange
export function beginOperation(
  { ids, digest }: OperationPorts,
  kind: string,
  input: { readonly idempotencyKey?: string },
  actor: Actor,
): NewChange {
  const formerId = actor.cause?.formerId
  const { idempotencyKey = null } = input
  return {
    id: ids.next('Operation'),
    actor: actor.name,
    idempotencyKey,
    inputFingerprint:
      idempotencyKey && digest(canonicalInput(kind, formerId ? { ...input, formerId } : input)),
    ...actor.cause,
    ...(KEPT.includes(kind) && { request: toRequest(input) }),
  }
}
