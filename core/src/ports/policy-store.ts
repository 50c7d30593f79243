import type { Operation } from '../operations/operation.ts'
import type { PolicyDocument } from '../policies/policy-document.ts'
import type { PolicyShadow, RecordedDifference } from '../policies/policy-shadow.ts'
import type { StoredPolicy } from '../policies/stored-policy.ts'
import type { NewChange } from './new-change.ts'

/** A policy as its operation has left it, whatever became of it since. */
export interface ChangedPolicy {
  readonly policy: StoredPolicy
  readonly operation: Operation
}

/**
 * The policies' records. Each change is one transaction under the placement lock, its operation included: no batch decides
 * under a policy that changed before its commit. Documents have been checked before.
 */
export interface PolicyStore {
  /**
   * Begins at revision 1, or where a deleted policy of this name ended. Replays for a known key.
   *
   * @throws NameTakenError, IdempotencyConflictError
   */
  create(document: PolicyDocument, operation: NewChange): Promise<ChangedPolicy>
  /**
   * Makes the next revision of the policy that the document names. A document that the present revision has already makes
   * none: that revision is answered, also when it is the one after `expectedRevision`, because then it is what a repeated
   * request made itself. Replays for a known key.
   *
   * @throws NotFoundError, RevisionConflictError, IdempotencyConflictError
   */
  update(
    document: PolicyDocument,
    expectedRevision: number | null,
    operation: NewChange,
  ): Promise<ChangedPolicy>
  /**
   * Takes the policy out of use; its revisions stay on record. One that was deleted before is a success; with
   * `expectedRevision`, only when that was its last one.
   *
   * @throws NotFoundError, RevisionConflictError, IdempotencyConflictError, InvalidStateError while volumes use it or it is
   *   another's shadow, and for the default one
   */
  delete(name: string, expectedRevision: number | null, operation: NewChange): Promise<Operation>
  /**
   * Lets a second policy decide beside this one, or none. The same as it is changes nothing; another one starts its
   * counters at zero. Idempotent.
   *
   * @throws NotFoundError for the policy, InvalidInputError for a shadow that is unknown or the policy itself,
   *   IdempotencyConflictError
   */
  setShadow(name: string, shadowName: string | null, operation: NewChange): Promise<ChangedPolicy>
  /**
   * Makes the default policy, or follows the document as long as no operator has changed the policy. Nobody asks for it, so
   * it leaves no operation. Idempotent.
   */
  ensureDefault(document: PolicyDocument): Promise<void>
}

/** Reading side of the same records. */
export interface PolicyReader {
  /** The current revision of every policy, by name. */
  listPolicies(): Promise<readonly StoredPolicy[]>
  /** Current revisions in the order of the names, `null` for a name that no policy has. */
  policiesByNames(names: readonly string[]): Promise<readonly (StoredPolicy | null)[]>
  /** Any revision, that of a deleted policy included; `null` when there is none. */
  policyRevision(name: string, revision: number): Promise<StoredPolicy | null>
  /** The newest revisions first, at most `limit`. */
  policyRevisions(name: string, limit: number): Promise<readonly StoredPolicy[]>
  /** How many volumes, not DELETED or FAILED, each policy has placed; in the order of the names. */
  volumeCountsByPolicies(names: readonly string[]): Promise<readonly number[]>
  /** What decides beside each policy, in the order of the names; `null` where nothing does. */
  shadowsByPolicies(names: readonly string[]): Promise<readonly (PolicyShadow | null)[]>
  /** What a policy's shadow would have decided otherwise, the newest first, at most `limit`; some 1,000 are kept. */
  shadowDifferences(name: string, limit: number): Promise<readonly RecordedDifference[]>
}
