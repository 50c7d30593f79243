import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import type { StoredPolicy } from '@flotilla/core/policies/stored-policy'

/** The default policy, as it stands from the start. */
export function aPolicy(): StoredPolicy {
  return {
    document: { name: 'default' },
    policy: DEFAULT_POLICY,
    createdAt: new Date('2026-11-22T08:00:00Z'),
    createdBy: 'flotilla',
  }
}
