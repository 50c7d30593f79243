import { expect, test } from 'vitest'
import type { BackendVolume, BackendVolumeState } from './backend-volume.ts'
import { nextStep, type VolumeStep } from './next-step.ts'
import { VOLUME_STATES, type VolumeState } from './volume.ts'

const WANTED_BYTES = 8192n
const PLAIN = { sizeBytes: WANTED_BYTES, shrinkToBytes: null, asksProperties: false, asksRestore: false }

const backendVolume = (state: BackendVolumeState, sizeBytes: bigint): BackendVolume => ({
  backendId: 'b',
  name: 'flo-x',
  project: 'default',
  sizeBytes,
  replicas: 2,
  state,
  protection: null,
  access: { hostNqns: [], addresses: 'ANY' },
  compression: false,
  qosPolicy: null,
  labels: {},
  sourceSnapshotId: null,
  etag: null,
})

/** What the cluster may say. */
const BACKENDS = {
  none: null,
  creating: backendVolume('CREATING', WANTED_BYTES),
  smaller: backendVolume('AVAILABLE', 4096n),
  asWanted: backendVolume('AVAILABLE', WANTED_BYTES),
  larger: backendVolume('AVAILABLE', 12_288n),
  updating: backendVolume('UPDATING', 4096n),
  deleting: backendVolume('DELETING', WANTED_BYTES),
  husk: backendVolume('FAILED', WANTED_BYTES),
} as const
type Row = Record<keyof typeof BACKENDS, VolumeStep>

const GOES: Row = {
  none: 'ABSENT',
  creating: 'WAIT',
  smaller: 'DELETE',
  asWanted: 'DELETE',
  larger: 'DELETE',
  updating: 'WAIT',
  deleting: 'WAIT',
  husk: 'ABSENT',
}
const RESTS: Row = {
  none: 'ABSENT',
  creating: 'PRESENT',
  smaller: 'PRESENT',
  asWanted: 'PRESENT',
  larger: 'PRESENT',
  updating: 'PRESENT',
  deleting: 'PRESENT',
  husk: 'PRESENT',
}
const COMES: Row = {
  none: 'CREATE',
  creating: 'WAIT',
  smaller: 'GROW',
  asWanted: 'PRESENT',
  larger: 'PRESENT',
  updating: 'WAIT',
  deleting: 'WAIT',
  husk: 'FAILED',
}
const STAYS: Row = { ...COMES, none: 'VANISHED', husk: 'VANISHED' }
const TABLE: Record<VolumeState, Row> = {
  CREATING: COMES,
  RESIZING: STAYS,
  UPDATING: STAYS,
  RESTORING: STAYS,
  DELETING: GOES,
  DELETED: GOES,
  FAILED: GOES,
  AVAILABLE: RESTS,
  MISSING: RESTS,
  RELEASED: RESTS,
}

const rows = VOLUME_STATES.flatMap((state) =>
  (Object.keys(BACKENDS) as (keyof Row)[]).map((backend) => [state, backend, TABLE[state][backend]] as const),
)

test.each(rows)('%s, and the cluster has: %s -> %s', (state, backend, step) => {
  expect(nextStep({ ...PLAIN, state }, BACKENDS[backend])).toBe(step)
})

test('a volume that grows is never created anew', () => {
  const steps = Object.values(BACKENDS).map((backend) => nextStep({ ...PLAIN, state: 'RESIZING' }, backend))
  expect(steps).not.toContain('CREATE')
})

const SHRINKS: Row = { ...STAYS, larger: 'SHRINK', asWanted: 'SHRINK', smaller: 'PRESENT' }
const RESTORES: Row = { ...STAYS, smaller: 'RESTORE', asWanted: 'RESTORE', larger: 'RESTORE' }
const CHANGES: Row = { ...STAYS, smaller: 'CHANGE', asWanted: 'CHANGE', larger: 'CHANGE' }

test.each([
  ['shrinks to the smaller one', { ...PLAIN, state: 'RESIZING', shrinkToBytes: 4096n }, SHRINKS],
  ['is to be put back', { ...PLAIN, state: 'RESTORING', asksRestore: true }, RESTORES],
  ['has other properties to be asked for', { ...PLAIN, state: 'UPDATING', asksProperties: true }, CHANGES],
] as const)('a volume that %s', (_name, wanted, steps) => {
  const found = Object.entries(BACKENDS).map(([name, backend]) => [name, nextStep(wanted, backend)])
  expect(Object.fromEntries(found)).toEqual(steps)
})
