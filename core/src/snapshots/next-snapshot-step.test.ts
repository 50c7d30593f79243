import { expect, test } from 'vitest'
import { BACKEND_SNAPSHOT_STATES, type BackendSnapshot } from './backend-snapshot.ts'
import { nextSnapshotStep, type SnapshotStep } from './next-snapshot-step.ts'
import { SNAPSHOT_STATES, type SnapshotState } from './snapshot.ts'

const found = (state: BackendSnapshot['state']): BackendSnapshot => ({
  backendId: 'b',
  name: 'flo-x',
  project: 'default',
  volumeId: 'v',
  sizeBytes: 4096n,
  state,
  etag: null,
})

type Row = Record<'none' | BackendSnapshot['state'], SnapshotStep>

const GOES: Row = {
  none: 'ABSENT',
  CREATING: 'WAIT',
  AVAILABLE: 'DELETE',
  DELETING: 'WAIT',
  FAILED: 'ABSENT',
}
const TABLE: Record<SnapshotState, Row> = {
  CREATING: { none: 'CREATE', CREATING: 'WAIT', AVAILABLE: 'PRESENT', DELETING: 'WAIT', FAILED: 'FAILED' },
  AVAILABLE: GOES,
  DELETING: GOES,
  LINGERING: { ...GOES, DELETING: 'LINGERS' },
  DELETED: GOES,
  FAILED: GOES,
  MISSING: GOES,
  RELEASED: { none: 'WAIT', CREATING: 'WAIT', AVAILABLE: 'WAIT', DELETING: 'WAIT', FAILED: 'WAIT' },
}

const rows = SNAPSHOT_STATES.flatMap((state) =>
  (['none', ...BACKEND_SNAPSHOT_STATES] as const).map((has) => [state, has, TABLE[state][has]] as const),
)

test.each(rows)('%s, and the cluster has: %s -> %s', (state, has, step) => {
  const backend = has === 'none' ? null : found(has)
  expect(nextSnapshotStep({ state, hasClones: false }, backend)).toBe(step)
})

test('one that is to go lingers as soon as its cluster has taken the deletion, when clones of it live', () => {
  const steps = BACKEND_SNAPSHOT_STATES.map((state) =>
    nextSnapshotStep({ state: 'DELETING', hasClones: true }, found(state)),
  )
  expect(steps).toEqual(['WAIT', 'DELETE', 'LINGERS', 'ABSENT'])
  expect(nextSnapshotStep({ state: 'CREATING', hasClones: true }, found('DELETING'))).toBe('WAIT')
})
