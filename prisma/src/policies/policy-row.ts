import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'
import type { PolicyRevision } from '../generated/client.ts'
import { toPolicy } from './policy-cache.ts'

export function toStoredPolicy(row: PolicyRevision): StoredPolicy {
  return {
    document: row.document as unknown as PolicyDocument,
    policy: toPolicy(row.name, row.revision, row.document),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
  }
}
