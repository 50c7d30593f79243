import { expect, it, test } from 'vitest'
import { checkDeletions } from './check-deletions.ts'
import type { Facts } from './facts.ts'
import type { OperationRow, SnapshotRow } from './records.ts'
import { sampleFacts } from './sample-facts.ts'

const { facts, ids } = sampleFacts()
const [VOLUME, SNAPSHOT] = [facts.records.volumes[0], facts.records.snapshots[0]]
const [CREATION] = facts.records.operations
if (!VOLUME || !SNAPSHOT || !CREATION) throw new Error('the sample has less than it should')

const DELETED_MS = ids.created.atMs + 10_000
const later = (ms: number) => new Date(DELETED_MS + ms)

/** A client has deleted the volume on its cluster; these are the operations beside the creation. */
function deleted(
  operations: readonly Partial<OperationRow>[],
  entry: Partial<typeof ids.created> = {},
): Facts {
  const deleting = { ...ids.created, sequence: 50, kind: 'deleting', atMs: DELETED_MS, ...entry } as const
  return {
    ...facts,
    records: {
      ...facts.records,
      operations: [
        ...facts.records.operations,
        ...operations.map((each) => ({ ...CREATION, ...each }) as never),
      ],
    },
    truth: facts.truth.map((each, at) =>
      at === 0 ? { ...each, history: [...each.history, deleting] } : each,
    ),
  }
}

const DELETION: Partial<OperationRow> = {
  kind: 'DELETE_VOLUME',
  createdAt: later(-5_000),
  finishedAt: later(5_000),
}

it.each<[what: string, operations: readonly Partial<OperationRow>[]]>([
  ['nobody had asked for it', []],
  ['it was asked for only later', [{ ...DELETION, createdAt: later(5_000) }]],
  ['it was refused', [{ ...DELETION, state: 'FAILED', errorCode: 'HAS_SNAPSHOTS' }]],
  ['another was to be deleted', [{ ...DELETION, volumeId: 'vol_other' as never }]],
])('a volume that a client deleted is told of when %s', (_what, operations) => {
  expect(checkDeletions(deleted(operations)).faults).toEqual([
    expect.stringMatching(/^flo-.* \(uuid-1\) on cluster-1 was deleted by a client at .*nobody had asked/),
  ])
})

it.each<[what: string, operations: readonly Partial<OperationRow>[]]>([
  ['its deletion was asked for', [DELETION]],
  ['its deletion is still under way', [{ ...DELETION, state: 'RUNNING', finishedAt: null }]],
  ['its creation had failed, and it came late', [{ state: 'FAILED', finishedAt: later(-5_000) }]],
])('a volume that a client deleted is not told of when %s', (_what, operations) => {
  expect(checkDeletions(deleted(operations)).faults).toEqual([])
})

test('the clocks of both sides may differ a little', () => {
  expect(checkDeletions(deleted([{ ...DELETION, createdAt: later(900) }])).faults).toEqual([])
})

test('one that others renamed, and whose record has forgotten its id, is known by the name that it was made with', () => {
  const renamed = deleted([], { volumeName: 'astray' })
  const [own] = renamed.records.volumes
  const forgetful: Facts = {
    ...renamed,
    records: { ...renamed.records, volumes: [{ ...own, backendId: null } as never] },
  }
  expect(checkDeletions(forgetful).faults).toEqual([expect.stringMatching(/^astray \(uuid-1\)/)])
})

test('a deletion by somebody else, or of what was never ours, is nothing for this rule', () => {
  expect(checkDeletions(deleted([], { by: 'outside' })).faults).toEqual([])
  expect(checkDeletions(deleted([], { volumeUuid: 'theirs', volumeName: 'theirs' })).faults).toEqual([])
})

/** The snapshot is gone; these are the operations beside the two creations. */
function gone(snapshot: Partial<SnapshotRow>, operations: readonly Partial<OperationRow>[] = []): Facts {
  return {
    ...facts,
    records: {
      ...facts.records,
      snapshots: [{ ...SNAPSHOT, state: 'DELETED', deletedAt: later(0), ...snapshot } as never],
      operations: [
        ...facts.records.operations,
        ...operations.map((each) => ({ ...CREATION, ...each }) as never),
      ],
    },
  }
}

/** A client had the snapshot deleted on its cluster, whatever its record says. */
function deletedThere(
  snapshot: Partial<SnapshotRow>,
  operations: readonly Partial<OperationRow>[] = [],
  snapshotName = SNAPSHOT?.backendName ?? '',
): Facts {
  const deletion = {
    sequence: 60,
    atMs: DELETED_MS,
    by: 'client',
    snapshotUuid: 'uuid-2',
    volumeUuid: 'uuid-1',
  }
  const doctored = gone({ state: 'MISSING', deletedAt: null, ...snapshot }, operations)
  return {
    ...doctored,
    truth: doctored.truth.map((each, at) =>
      at === 0 ? { ...each, snapshotDeletions: [{ ...deletion, snapshotName } as never] } : each,
    ),
  }
}

const CLONE = 'vol_clone' as never
const OF_SNAPSHOT = { volumeId: null, snapshotId: SNAPSHOT.id }

it.each<[what: string, facts: Facts]>([
  ['nobody had asked for it', gone({})],
  ['it lingers and nobody had asked for it', gone({ state: 'LINGERING', deletedAt: null })],
  ['its deletion was refused', gone({}, [{ ...OF_SNAPSHOT, kind: 'DELETE_SNAPSHOT', state: 'FAILED' }])],
  ['its time was not over yet', gone({ expiresAt: later(1) })],
  ['its clone was still to be made', gone({ madeForId: CLONE }, [{ volumeId: CLONE, finishedAt: later(1) }])],
  ['its clone has no creation', gone({ madeForId: CLONE })],
])('a snapshot that is gone is told of when %s', (_what, doctored) => {
  expect(checkDeletions(doctored).faults).toEqual([
    expect.stringMatching(/^snp_.* and nobody had asked for that/),
  ])
})

it.each<[what: string, facts: Facts]>([
  ['its deletion was asked for', gone({}, [{ ...OF_SNAPSHOT, kind: 'DELETE_SNAPSHOT', state: 'RUNNING' }])],
  ['that of its volume was', gone({}, [DELETION])],
  ['its volume was forgotten', gone({}, [{ kind: 'FORGET_VOLUME' }])],
  ['its time was over', gone({ expiresAt: later(-1) })],
  ['its clone has been made', gone({ madeForId: CLONE }, [{ volumeId: CLONE, finishedAt: later(-1) }])],
  [
    'its clone was given up',
    gone({ madeForId: CLONE }, [{ volumeId: CLONE, state: 'FAILED', finishedAt: later(-1) }]),
  ],
])('a snapshot that is gone is not told of when %s', (_what, doctored) => {
  expect(checkDeletions(doctored).faults).toEqual([])
})

const DELETION_OF_IT = { ...OF_SNAPSHOT, kind: 'DELETE_SNAPSHOT', createdAt: later(-1) } as const

it.each<[what: string, facts: Facts]>([
  ['nobody had asked for it', deletedThere({})],
  ['it was asked for only later', deletedThere({}, [{ ...DELETION_OF_IT, createdAt: later(2_000) }])],
  ['its time was not over yet', deletedThere({ expiresAt: later(2_000) })],
  ['it was never ours', deletedThere({}, [DELETION_OF_IT], 'theirs')],
])('a snapshot that a client had deleted is told of when %s', (_what, doctored) => {
  expect(checkDeletions(doctored).faults).toEqual([
    expect.stringMatching(/\(uuid-2\) on cluster-1 was deleted by a client at .*nobody had asked for that/),
  ])
})

it.each<[what: string, facts: Facts]>([
  ['its deletion was asked for', deletedThere({}, [DELETION_OF_IT])],
  ['its time was over', deletedThere({ expiresAt: later(-1) })],
  [
    'it came after its creation was given up',
    deletedThere({ state: 'FAILED' }, [
      { ...OF_SNAPSHOT, state: 'FAILED', kind: 'CREATE_SNAPSHOT', finishedAt: later(-1) },
    ]),
  ],
  ['it came after it was given up with its clone', deletedThere({ state: 'FAILED', madeForId: CLONE })],
])('a snapshot that a client had deleted is not told of when %s', (_what, doctored) => {
  expect(checkDeletions(doctored).faults).toEqual([])
})
