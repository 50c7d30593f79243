import { expect, test } from 'vitest'
import { checkNothingLost } from './check-nothing-lost.ts'
import type { Facts } from './facts.ts'
import { sampleFacts } from './sample-facts.ts'
import type { ClusterTruth } from './truth.ts'

const { facts, ids } = sampleFacts()

/** The volume is MISSING, a finding says so, and its cluster tells this of it. */
function missing(change: (cluster: ClusterTruth) => Partial<ClusterTruth>): Facts {
  const volumes = facts.records.volumes.map((each) => ({ ...each, state: 'MISSING' }) as never)
  const findings = [{ ...ids.finding, kind: 'MISSING' }]
  return {
    ...facts,
    records: { ...facts.records, volumes, findings },
    truth: facts.truth.map((each, at) => (at === 0 ? { ...each, ...change(each) } : each)),
  }
}

const ended = (entry: Partial<typeof ids.created>) => (cluster: ClusterTruth) => ({
  volumes: [],
  history: [...cluster.history, { ...ids.created, sequence: 50, ...entry }],
})

test.each([
  ['has it', () => ({})],
  ['has let it go for a client', ended({ kind: 'gone' })],
  ['has never had it', () => ({ volumes: [] })],
  ['has lost another', ended({ kind: 'gone', by: 'outside', volumeUuid: 'other', volumeName: 'other' })],
])('a missing volume is told of when its cluster %s', (_what, change) => {
  expect(checkNothingLost(missing(change)).faults).toEqual([
    expect.stringMatching(/^vol_.* is MISSING, and nobody else has deleted it/),
  ])
})

test.each([
  ['is gone by what somebody else did', ended({ kind: 'gone', by: 'outside' })],
  [
    'is a husk there',
    (cluster: ClusterTruth) => ({
      volumes: cluster.volumes.map((each) => ({ ...each, state: 'Failed' as const })),
    }),
  ],
])('a missing volume that %s is lost', (_what, change) => {
  expect(checkNothingLost(missing(change)).faults).toEqual([])
})

/** The same of its snapshot, which has an entry of its own for who had it deleted. */
function missingSnapshot(change: Partial<ClusterTruth>): Facts {
  const [snapshot] = facts.records.snapshots
  const findings = [{ ...ids.finding, kind: 'MISSING_SNAPSHOT', subject: snapshot?.id ?? '' }]
  return {
    ...facts,
    records: { ...facts.records, snapshots: [{ ...snapshot, state: 'MISSING' } as never], findings },
    truth: facts.truth.map((each, at) => (at === 0 ? { ...each, ...change } : each)),
  }
}

test('a missing snapshot is told of unless somebody else had it deleted, or its cluster has a husk of it', () => {
  const deletion = {
    sequence: 50,
    atMs: ids.created.atMs,
    snapshotUuid: 'uuid-2',
    snapshotName: '',
    volumeUuid: '',
  }
  const deletedBy = (by: 'client' | 'outside') => ({
    snapshots: [],
    snapshotDeletions: [{ ...deletion, by }],
  })
  const husks = facts.truth[0]?.snapshots.map((each) => ({ ...each, state: 'Failed' as const })) ?? []
  const told = [expect.stringMatching(/^snp_.* is MISSING, and nobody else has deleted it/)]
  expect(checkNothingLost(missingSnapshot({})).faults).toEqual(told)
  expect(checkNothingLost(missingSnapshot(deletedBy('client'))).faults).toEqual(told)
  expect(checkNothingLost(missingSnapshot(deletedBy('outside'))).faults).toEqual([])
  expect(checkNothingLost(missingSnapshot({ snapshots: husks })).faults).toEqual([])
})
