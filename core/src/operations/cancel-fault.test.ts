import { expect, test } from 'vitest'
import { toId } from '../identity/ids.ts'
import { sampleUuid } from '../testing/sample-fleet.ts'
import { VOLUME_STATES, type VolumeState } from '../volumes/volume.ts'
import { cancelFault } from './cancel-fault.ts'
import { OPERATION_KINDS, OPERATION_STATES, type OperationKind } from './operation.ts'
import type { OperationFacts } from './operation-facts.ts'
import { retryFault } from './retry-fault.ts'

const id = toId('Operation', sampleUuid(1))
const NONE = { volume: null, snapshotState: null, bulk: null }
const volume = (state: VolumeState, changeAskedAt: Date | null = null): Pick<OperationFacts, 'volume'> => ({
  volume: { state, changeAskedAt, isObserved: false, observedAt: null },
})
const CHANGES: readonly OperationKind[] = [
  'RESIZE_VOLUME',
  'UPDATE_VOLUME',
  'RESTORE_VOLUME',
  'ATTACH_VOLUME',
  'DETACH_VOLUME',
]
const counts = { pending: 0, running: 1, succeeded: 1, failed: 1, cancelled: 0 }
const ENDED = OPERATION_STATES.filter((state) => state !== 'PENDING' && state !== 'RUNNING')

test('nothing that has ended is cancelled, whatever it was', () => {
  for (const kind of OPERATION_KINDS) {
    for (const state of ENDED) {
      const facts = { ...NONE, ...volume('CREATING'), snapshotState: 'CREATING' as const }
      expect(cancelFault({ id, kind, state }, facts)).toContain(`is ${state}`)
    }
  }
})

test('a creation is cancelled as long as the volume is being created, whoever is at it', () => {
  for (const state of VOLUME_STATES) {
    const fault = cancelFault({ id, kind: 'CREATE_VOLUME', state: 'RUNNING' }, { ...NONE, ...volume(state) })
    expect(fault === null).toBe(state === 'CREATING')
  }
})

test.each(CHANGES)('%s is cancelled until its cluster may have been asked', (kind) => {
  const operation = { id, kind, state: 'RUNNING' as const }
  for (const state of VOLUME_STATES) {
    const isChanging = ['RESIZING', 'UPDATING', 'RESTORING'].includes(state)
    expect(cancelFault(operation, { ...NONE, ...volume(state) }) === null).toBe(isChanging)
    expect(cancelFault(operation, { ...NONE, ...volume(state, new Date(0)) })).not.toBeNull()
  }
  expect(cancelFault(operation, { ...NONE, ...volume('RESIZING', new Date(0)) })).toContain('1970-01-01')
})

test('a recreation is cancelled until its cluster may have been asked', () => {
  const operation = { id, kind: 'RECREATE_VOLUME', state: 'RUNNING' } as const
  for (const state of VOLUME_STATES) {
    expect(cancelFault(operation, { ...NONE, ...volume(state) }) === null).toBe(state === 'CREATING')
    expect(cancelFault(operation, { ...NONE, ...volume(state, new Date(0)) })).not.toBeNull()
  }
})

test('a bulk operation is cancelled while an item is not begun', () => {
  const operation = { id, kind: 'DELETE_VOLUMES', state: 'RUNNING' } as const
  expect(cancelFault(operation, { ...NONE, bulk: { ...counts, pending: 1 } })).toBeNull()
  expect(cancelFault(operation, { ...NONE, bulk: counts })).toContain('all items')
})

test('deletions, and what is done at once, are not cancelled', () => {
  for (const kind of ['DELETE_VOLUME', 'DELETE_SNAPSHOT', 'REGISTER_CLUSTER', 'REVERT_VOLUME'] as const) {
    expect(cancelFault({ id, kind, state: 'RUNNING' }, { ...NONE, ...volume('DELETING') })).not.toBeNull()
  }
  expect(cancelFault({ id, kind: 'DRAIN_CLUSTER', state: 'RUNNING' }, NONE)).toBeNull()
})

test('what has failed is repeated, and nothing else; of a bulk operation when it has ended and an item has failed', () => {
  for (const state of OPERATION_STATES) {
    expect(retryFault({ id, kind: 'RESIZE_VOLUME', state }, null) === null).toBe(state === 'FAILED')
    expect(retryFault({ id, kind: 'RECREATE_VOLUME', state }, null) === null).toBe(state === 'FAILED')
    const isOver = (ENDED as readonly string[]).includes(state)
    expect(retryFault({ id, kind: 'DELETE_VOLUMES', state }, { failed: 1 }) === null).toBe(isOver)
    expect(retryFault({ id, kind: 'DELETE_VOLUMES', state }, { failed: 0 })).not.toBeNull()
  }
  expect(retryFault({ id, kind: 'REGISTER_CLUSTER', state: 'FAILED' }, null)).toContain('ask for it anew')
  expect(retryFault({ id, kind: 'REVERT_VOLUME', state: 'FAILED' }, null)).toContain('updateVolume')
})
