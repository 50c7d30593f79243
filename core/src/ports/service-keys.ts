import type { Operation } from '../operations/operation.ts'
import type { NewChange } from './new-change.ts'

/** The public half of a key pair of our own. */
export interface ServiceKey {
  /** To be given when it is imported on a cluster. */
  readonly keyId: string
  readonly publicKeyPem: string
  readonly createdAt: Date
}

/** The newest of our keys. */
export interface ServiceCredential extends ServiceKey {
  /** The one before it, which we sign with where the newest is not accepted; null when it is retired, or there was none. */
  readonly former: ServiceKey | null
}

export interface ChangedServiceCredential {
  readonly serviceCredential: ServiceCredential
  readonly operation: Operation
}

/** Our own keys. Private halves never leave the records by it. Changes are serial, however many are asked for at once. */
export interface ServiceKeys {
  /** Makes the first key when there is none. */
  credential(): Promise<ServiceCredential>
  /**
   * Makes the next key; what was the newest stays in use beside it. Replays for a known key.
   *
   * @throws IdempotencyConflictError, InvalidStateError while two are in use, naming the one to retire first
   */
  rotate(operation: NewChange): Promise<ChangedServiceCredential>
  /**
   * Destroys the private half of a key for good; the public half stays on record. One that was retired before is a
   * success. Replays for a known key.
   *
   * @param force although clusters were not seen to accept the newest, which may be locked out by it
   * @throws NotFoundError, IdempotencyConflictError, InvalidStateError for the newest, and unless forced while clusters need
   * this one, naming them
   */
  retire(keyId: string, force: boolean, operation: NewChange): Promise<ChangedServiceCredential>
}
