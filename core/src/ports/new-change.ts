import type { NewOperation } from '../operations/new-operation.ts'

/** The operation of a change that is made with its record. Under a key only where the caller has given one. */
export type NewChange = Omit<NewOperation, 'idempotencyKey' | 'inputFingerprint'> & {
  readonly idempotencyKey: string | null
  readonly inputFingerprint: string | null
}
