import { expect, test } from 'vitest'
import { checkOperations } from './check-operations.ts'
import type { Facts } from './facts.ts'
import type { OperationRow } from './records.ts'
import { sampleFacts } from './sample-facts.ts'

const { facts, ids } = sampleFacts()
const [CREATION] = facts.records.operations
if (!CREATION) throw new Error('there is no operation')

const RESIZE: OperationRow = {
  ...CREATION,
  id: ids.otherOperation,
  kind: 'RESIZE_VOLUME',
  idempotencyKey: 'grow',
}

/** The volume, which has 8 GiB, was asked to have another size. */
function resized(sizeBytes: string, ...further: readonly OperationRow[]): Facts {
  const asked = {
    ...ids.answer,
    field: 'resizeVolume',
    idempotencyKey: 'grow',
    operationId: RESIZE.id,
    input: { sizeBytes },
  }
  return {
    ...facts,
    records: { ...facts.records, operations: [CREATION, RESIZE, ...further] as never },
    history: [...facts.history, asked],
  }
}

test('a resize that succeeded at the old size is told of', () => {
  expect(checkOperations(resized('9GiB')).faults).toEqual([
    expect.stringMatching(
      /\(RESIZE_VOLUME\) SUCCEEDED, and vol_.* has sizeBytes 8589934592 and not 9663676416/,
    ),
  ])
})

test('a resize is done when the volume has the size, in whatever unit it was asked for', () => {
  expect(checkOperations(resized('8GiB')).faults).toEqual([])
  expect(checkOperations(resized('8589934592')).faults).toEqual([])
})

test('after a change that was refused later, the volume has what its cluster had of it', () => {
  const refused = { ...RESIZE, id: 'op_later', kind: 'REVERT_VOLUME', state: 'FAILED', errorCode: 'NO_SPACE' }
  expect(checkOperations(resized('9GiB', refused as never)).faults).toEqual([])
})

test('what was asked for since, and never answered, is not known', () => {
  expect(checkOperations(resized('9GiB', { ...RESIZE, id: 'op_later' } as never)).faults).toEqual([])
})

test('of a clone that asks for no size none is wanted', () => {
  const clone = { ...ids.answer, input: { name: 'db-1', sizeBytes: null } }
  expect(checkOperations({ ...facts, history: [clone] }).faults).toEqual([])
})
