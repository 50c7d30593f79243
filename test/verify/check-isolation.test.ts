import { expect, test } from 'vitest'
import { checkIsolation } from './check-isolation.ts'
import type { Facts } from './facts.ts'
import type { Outage } from './history.ts'
import type { OperationRow } from './records.ts'
import { sampleFacts } from './sample-facts.ts'

const { facts, ids } = sampleFacts()
const AFTER_IT = new Date(ids.outage.untilMs + 1)

/** One operation on cluster-1 that was over only after the outage of cluster-2. */
function waited(outage: Partial<Outage> = {}, operation: Partial<OperationRow> = {}): Facts {
  const [first] = facts.records.operations
  if (!first) throw new Error('there is no operation')
  return {
    ...facts,
    records: { ...facts.records, operations: [{ ...first, finishedAt: AFTER_IT, ...operation }] },
    history: [{ ...ids.outage, ...outage }],
  }
}

test('what was asked of another cluster and was over only after the outage has waited for it', () => {
  const { count, faults } = checkIsolation(waited())
  expect(count).toBe(1)
  expect(faults).toEqual([
    expect.stringMatching(/\(CREATE_VOLUME\) on cluster-1 waited while cluster-2 answered nobody/),
  ])
  expect(checkIsolation(waited({}, { finishedAt: null })).faults).toHaveLength(1)
})

test('what was over before the end has not waited, and is counted', () => {
  expect(checkIsolation(waited({}, { finishedAt: new Date(ids.outage.untilMs) }))).toEqual({
    count: 1,
    faults: [],
  })
})

test('what stands behind earlier work on its volume tells nothing; behind work of the outage itself it does', () => {
  const [first] = facts.records.operations
  if (!first) throw new Error('there is no operation')
  const behind = (createdAt: Date, finishedAt: Date): Facts => {
    const { records, history } = waited()
    const earlier = { ...first, kind: 'RESIZE_VOLUME' as const, createdAt, finishedAt }
    return { ...facts, records: { ...records, operations: [earlier, ...records.operations] }, history }
  }
  const before = new Date(ids.outage.fromMs)
  expect(checkIsolation(behind(before, AFTER_IT))).toEqual({ count: 0, faults: [] })
  expect(checkIsolation(behind(before, before)).faults).toHaveLength(1)
  expect(checkIsolation(behind(first.createdAt, AFTER_IT)).faults).toHaveLength(2)
})

test.each<readonly [string, Partial<Outage>, Partial<OperationRow>]>([
  ['was asked for too shortly before the end to tell', { untilMs: ids.outage.fromMs + 20_000 }, {}],
  ['was asked for before it began', { fromMs: ids.outage.fromMs + 1 }, {}],
  ['is on the cluster that was away', { cluster: 'cluster-1' }, {}],
  ['is a deletion, which may wait for clones', {}, { kind: 'DELETE_VOLUME' }],
  ['is of a volume that may have been on another cluster', {}, { kind: 'RECREATE_VOLUME' }],
])('what %s tells nothing, and is not counted', (_what, outage, operation) => {
  expect(checkIsolation(waited(outage, operation))).toEqual({ count: 0, faults: [] })
})

/** The same of a snapshot, which is on the cluster of its volume. */
function snapshotWaited(outage: Partial<Outage> = {}, operation: Partial<OperationRow> = {}): Facts {
  const [snapshot] = facts.records.snapshots
  if (!snapshot) throw new Error('there is no snapshot')
  const asked = { kind: 'CREATE_SNAPSHOT', volumeId: null, snapshotId: snapshot.id } as const
  return waited(outage, { ...asked, ...operation })
}

test('a snapshot that was asked of another cluster and was over only after the outage has waited for it', () => {
  const { count, faults } = checkIsolation(snapshotWaited())
  expect(count).toBe(1)
  expect(faults).toEqual([
    expect.stringMatching(/\(CREATE_SNAPSHOT\) on cluster-1 waited while cluster-2 answered nobody/),
  ])
  expect(checkIsolation(snapshotWaited({}, { finishedAt: new Date(ids.outage.untilMs) }))).toEqual({
    count: 1,
    faults: [],
  })
  expect(checkIsolation(snapshotWaited({ cluster: 'cluster-1' })).count).toBe(0)
  expect(checkIsolation(snapshotWaited({}, { kind: 'DELETE_SNAPSHOT' })).count).toBe(0)
})

test('a snapshot may wait for what was under way on its volume; its volume does not wait for it', () => {
  const [first] = facts.records.operations
  if (!first) throw new Error('there is no operation')
  const beside = (doctored: Facts, earlier: Partial<OperationRow>): Facts => {
    const before = { ...first, createdAt: new Date(ids.outage.fromMs), finishedAt: AFTER_IT, ...earlier }
    const operations = [before, ...doctored.records.operations]
    return { ...doctored, records: { ...doctored.records, operations } }
  }
  expect(checkIsolation(beside(snapshotWaited(), { kind: 'RESIZE_VOLUME' })).count).toBe(0)
  const [snapshot] = facts.records.snapshots
  const snapshotted = { kind: 'CREATE_SNAPSHOT', volumeId: null, snapshotId: snapshot?.id ?? null } as const
  expect(checkIsolation(beside(waited(), snapshotted)).faults).toHaveLength(1)
})
