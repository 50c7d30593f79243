import type { ClusterId, SnapshotId } from '@flotilla/core/identity/ids'
import { type ClusterSession, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { BackendVolumeState } from '@flotilla/core/volumes/backend-volume'
import type { SnapshotSettlement } from '@flotilla/prisma/snapshots/settle-snapshot'
import type { SnapshotLease } from '@flotilla/prisma/snapshots/snapshot-lease'
import { expect, test } from 'vitest'
import type { JobDependencies } from '../dependencies.ts'
import { FOUND } from '../testing/run-reconcile.ts'
import { reconcileSnapshot } from './snapshot-reconcile.ts'

const ID = 'snp_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77' as SnapshotId

const WANTED: SnapshotLease = {
  snapshotId: ID,
  leaseNumber: 1n,
  leasedAt: new Date('2026-01-01T00:00:00Z'),
  state: 'CREATING',
  description: 'volume nightly',
  backendName: 'flo-1',
  backendId: null,
  backendProject: 'default',
  volumeBackendId: 'volume',
  retentionSeconds: null,
  createUnknownAt: null,
  cloneCount: 0,
  clusterId: 'cls_1' as ClusterId,
  driver: 'lightos',
  clusterAnswers: true,
  openAccess: () => Promise.reject(new Error('the sessions of this test open by themselves')),
}

const MADE: BackendSnapshot = {
  backendId: 'made',
  name: 'flo-1',
  project: 'default',
  volumeId: 'volume',
  sizeBytes: 1n << 30n,
  state: 'AVAILABLE',
  etag: null,
}

/** One run of the job on a cluster that makes the snapshot, after it has failed so at each request; what was settled, and what the breaker was told. */
async function run(...failures: readonly DriverError[]) {
  return runBeside('AVAILABLE', failures)
}

/** The same, with its volume in that state. */
async function runBeside(volumeState: BackendVolumeState | null, failures: readonly DriverError[]) {
  const settled: SnapshotSettlement[] = []
  const ended: unknown[] = []
  const left = [...failures]
  let nowMs = 0
  const sleep = async (ms: number) => {
    nowMs += ms
  }
  const session = {
    findSnapshot: async () => null,
    findVolumeById: async () => volumeState && { ...FOUND, state: volumeState },
    async createSnapshot() {
      const failure = left.shift()
      if (failure) throw failure
      return MADE
    },
  } as Partial<ClusterSession> as ClusterSession
  const dependencies = {
    clock: { now: () => nowMs, sleep, random: () => 0 },
    snapshots: {
      lease: async () => (settled.length === 0 ? WANTED : null),
      async settle(_lease: SnapshotLease, settlement: SnapshotSettlement) {
        settled.push(settlement)
        return 'SETTLED'
      },
    },
    callLimit: { run: (_id: ClusterId, work: () => Promise<unknown>) => work() },
    breaker: { admit: () => 0, ended: (_id: ClusterId, error: unknown) => ended.push(error) },
    sessions: { open: async () => session },
    bus: { publish: () => {} },
    log: { debug: () => {} },
  } as unknown as JobDependencies
  await reconcileSnapshot(dependencies, ID)
  return { settled, ended, unasked: left.length }
}

const noAnswer = () => new DriverError('UNKNOWN', 'TIMEOUT', 'no answer')
const isBusy = () => new DriverError('UNAVAILABLE', 'BUSY', 'something is being done under that name')
const isTaken = () => new DriverError('REFUSED', 'NAME_TAKEN', 'there is one of that name')
const isFull = () => new DriverError('REFUSED', 'NO_SPACE', 'is full')

test.each<[name: string, failures: DriverError[], settled: Partial<SnapshotSettlement>]>([
  ['taken at once', [], { kind: 'PRESENT', createUnknown: false }],
  ['taken by a second request', [noAnswer()], { kind: 'PRESENT', createUnknown: true }],
  ['refused at once', [isFull()], { kind: 'GIVEN_UP', createUnknown: false }],
  ['refused at a second request', [noAnswer(), isFull()], { kind: 'GIVEN_UP', createUnknown: true }],
  ['being made already', [isBusy()], { kind: 'POSTPONED', createUnknown: true }],
])(
  'of one that is %s is told whether an earlier request may come besides',
  async (_name, failures, settled) => {
    expect((await run(...failures)).settled).toMatchObject([settled])
  },
)

test.each<[name: string, failure: DriverError, createUnknown: boolean]>([
  ['never says how it went', noAnswer(), true],
  ['refuses a name that nothing is found under', isTaken(), false],
])(
  'rules 1 and 10: a cluster that %s is asked twice, and again later with the reason on record',
  async (_name, failure, createUnknown) => {
    const { settled, ended, unasked } = await run(...Array.from({ length: 20 }, () => failure))
    expect(unasked).toBe(18)
    const { reason: code, message } = failure
    expect(settled).toMatchObject([{ kind: 'POSTPONED', error: { code, message }, createUnknown }])
    expect(ended).toEqual([failure])
  },
)

const noSource = () => new DriverError('REFUSED', 'PRECONDITION_FAILED', 'is no source')
const isInvalid = () => new DriverError('REFUSED', 'INVALID_ARGUMENT', 'is no source')

test.each<
  [
    name: string,
    volume: BackendVolumeState | null,
    failures: DriverError[],
    kind: SnapshotSettlement['kind'],
    code?: string,
  ]
>([
  ['is at work waits', 'UPDATING', [noSource()], 'POSTPONED', 'PRECONDITION_FAILED'],
  ['is being made waits', 'CREATING', [isInvalid()], 'POSTPONED', 'INVALID_ARGUMENT'],
  ['has just been at work is taken', 'AVAILABLE', [noSource()], 'PRESENT'],
  ['is not at work is given up', 'AVAILABLE', [isInvalid(), isInvalid()], 'GIVEN_UP', 'INVALID_ARGUMENT'],
  ['goes is given up', 'DELETING', [noSource()], 'GIVEN_UP', 'PRECONDITION_FAILED'],
  ['is gone is given up', null, [noSource()], 'GIVEN_UP', 'PRECONDITION_FAILED'],
  ['has no room is given up, whatever it does', 'UPDATING', [isFull()], 'GIVEN_UP', 'NO_SPACE'],
])(
  'rule 1: a snapshot that its cluster refuses while the volume %s',
  async (_name, volume, failures, kind, code) => {
    const { settled, unasked } = await runBeside(volume, failures)
    expect(settled).toMatchObject([{ kind, ...(code && { error: { code } }) }])
    expect(unasked).toBe(0)
  },
)
