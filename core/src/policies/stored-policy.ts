import type { PlacementPolicy } from './policy.ts'
import type { PolicyDocument } from './policy-document.ts'

/** One revision of a policy as it is on record. Revisions never change and are kept for ever. */
export interface StoredPolicy {
  /** As it was given; what it leaves out has the defaults. */
  readonly document: PolicyDocument
  /** The document's exact form, its name and the revision included. */
  readonly policy: PlacementPolicy
  readonly createdAt: Date
  /** Name of the token that asked for it; `flotilla` for what the installation made itself. */
  readonly createdBy: string
}

/** Always there, and what a request uses that names none. */
export const DEFAULT_POLICY_NAME = 'default'
