import { expect, test } from 'vitest'
import { checkOperations } from './check-operations.ts'
import type { Facts } from './facts.ts'
import type { OperationRow } from './records.ts'
import { sampleFacts } from './sample-facts.ts'

const { facts, ids } = sampleFacts()
const ASKED_MS = ids.created.atMs
const DONE_MS = ASKED_MS + 10_000

/** A restore that succeeded, and what its cluster remembers of it. */
function restored(entry: Partial<typeof ids.created> | null, operation: Partial<OperationRow> = {}): Facts {
  const [creation] = facts.records.operations
  const restore = {
    ...creation,
    kind: 'RESTORE_VOLUME',
    finishedAt: new Date(DONE_MS),
    ...operation,
  } as never
  const rolledBack = {
    ...ids.created,
    sequence: 50,
    kind: 'rolledBack',
    atMs: ASKED_MS + 1,
    ...entry,
  } as const
  return {
    ...facts,
    records: { ...facts.records, operations: [...facts.records.operations, restore] },
    truth: facts.truth.map((each, at) =>
      at === 0 && entry ? { ...each, history: [...each.history, rolledBack] } : each,
    ),
  }
}

test.each([
  ['its cluster was never asked', null],
  ['it was put back before anybody asked', { atMs: ASKED_MS - 2_000 }],
  ['it was put back only afterwards', { atMs: DONE_MS + 2_000 }],
  ['another one was put back', { volumeUuid: 'other', volumeName: 'other' }],
  ['somebody else put it back', { by: 'outside' as const }],
])('a restore that succeeded is told of when %s', (_what, entry) => {
  expect(checkOperations(restored(entry)).faults).toEqual([
    expect.stringMatching(/\(RESTORE_VOLUME\) SUCCEEDED, and vol_.* was not put back in its time/),
  ])
})

test('a restore in whose time its cluster put the volume back is as it should be', () => {
  expect(checkOperations(restored({})).faults).toEqual([])
  expect(checkOperations(restored({ atMs: DONE_MS + 900 })).faults).toEqual([])
})

test('one that failed need not have had an effect', () => {
  expect(checkOperations(restored(null, { state: 'FAILED', errorCode: 'MISSING' })).faults).toEqual([])
})
