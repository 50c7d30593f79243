import { expect, test } from 'vitest'
import { sampleVolumeId } from '../testing/sample-fleet.ts'
import { deletionFault } from './deletion-fault.ts'
import type { Volume } from './volume.ts'

const terms = { cascade: false, force: false, expectedRevision: null }
const facts = { hostIds: [], foreignNqns: [], snapshotIds: [], cloneIds: [] }

const seen = (foreignSnapshotCount: number | null): Volume['observed'] => ({
  sizeBytes: 1n,
  state: 'Available',
  protection: null,
  access: null,
  foreignSnapshotCount,
  observedAt: new Date(0),
})

test.each<[name: string, observed: Volume['observed'], code: string | null]>([
  ['that no inventory has looked at is refused', seen(null), 'INVALID_STATE'],
  ['that has snapshots of others is refused', seen(2), 'HAS_DEPENDENTS'],
  ['that has none may go', seen(0), null],
  ['of which its cluster has shown nothing may go', null, null],
])('a volume %s; with cascade it goes', (_name, observed, code) => {
  const volume = { id: sampleVolumeId(1), state: 'AVAILABLE', revision: 1, observed } as const
  expect(deletionFault(volume, facts, terms)?.code ?? null).toBe(code)
  expect(deletionFault(volume, facts, { ...terms, cascade: true })).toBeNull()
})
