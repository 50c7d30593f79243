import type { PolicyDocument } from '../policies/policy-document.ts'
import type { StoredPolicy } from '../policies/stored-policy.ts'

/**
 * The policies' records. Each change is one transaction under the placement lock: no batch decides under a policy that
 * changed before its commit. Documents have been checked before.
 */
export interface PolicyStore {
  /** Begins at revision 1, or where a deleted policy of this name ended. @throws NameTakenError */
  create(document: PolicyDocument, actor: string): Promise<StoredPolicy>
  /** Makes the next revision of the policy that the document names. @throws NotFoundError, RevisionConflictError */
  update(document: PolicyDocument, expectedRevision: number | null, actor: string): Promise<StoredPolicy>
  /**
   * Takes the policy out of use; its revisions stay on record.
   *
   * @throws NotFoundError, RevisionConflictError, InvalidStateError while volumes use it, and for the default one
   */
  delete(name: string, expectedRevision: number | null): Promise<void>
  /** Makes the default policy, or follows the document as long as no operator has changed the policy. Idempotent. */
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
}
