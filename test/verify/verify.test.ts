// Over 400 lines: one doctored record for each contradiction that the checker tells.
import type { HostAccess } from '@flotilla/core/hosts/host-access'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import { expect, it } from 'vitest'
import type { Facts } from './facts.ts'
import type { Records } from './records.ts'
import { sampleFacts } from './sample-facts.ts'
import type { ClusterTruth } from './truth.ts'
import { faultLines, verify } from './verify.ts'

const { facts: GOOD, batches: GOOD_BATCHES, ids } = sampleFacts()

const at = (index: number) => ids.cursors[index] ?? null

type Doctor = (facts: Facts) => Facts

it('a fleet where all is well has nothing to tell, and every rule has looked at something', async () => {
  const reports = await verify(GOOD, GOOD_BATCHES)
  expect(faultLines(reports)).toEqual([])
  expect(reports.filter(({ count }) => count === 0)).toEqual([])
})

const records =
  (change: (records: Records) => Partial<Records>): Doctor =>
  (facts) => ({ ...facts, records: { ...facts.records, ...change(facts.records) } })

const first =
  <
    Key extends
      | 'volumes'
      | 'snapshots'
      | 'operations'
      | 'events'
      | 'samples'
      | 'clusters'
      | 'attachments'
      | 'findings',
  >(
    key: Key,
    change: Partial<Records[Key][number]>,
  ): Doctor =>
  (facts) => {
    const [head, ...rest] = facts.records[key]
    return { ...facts, records: { ...facts.records, [key]: [{ ...head, ...change }, ...rest] } }
  }

const cluster =
  (index: number, change: (cluster: ClusterTruth) => Partial<ClusterTruth>): Doctor =>
  (facts) => ({
    ...facts,
    truth: facts.truth.map((each, at) => (at === index ? { ...each, ...change(each) } : each)),
  })

const volumeThere = (change: Partial<ClusterTruth['volumes'][number]>): Doctor =>
  cluster(0, ({ volumes: [own, ...rest] }) => ({ volumes: [{ ...own, ...change } as never, ...rest] }))

const capacity = (change: Partial<NonNullable<Records['clusters'][number]['capacity']>>): Doctor =>
  records(({ clusters: [head, ...rest] }) => ({
    clusters: [{ ...head, capacity: { ...head?.capacity, ...change } } as never, ...rest],
  }))

const line =
  (...lines: Facts['history']): Doctor =>
  (facts) => ({ ...facts, history: [...facts.history, ...lines] })

const [ATTACHED] = GOOD.records.attachments
const OURS: HostAccess = { hostNqns: [ATTACHED?.nqn ?? ''], addresses: 'ANY' }
const OPENED: HostAccess = {
  hostNqns: [...OURS.hostNqns, 'nqn.2019-09.com.example:other'].sort(),
  addresses: 'ANY',
}

/** Whom the cluster was last written to admit. */
const writing: Doctor = (facts) =>
  first('volumes', {
    written: {
      name: facts.records.volumes[0]?.backendName ?? '',
      sizeBytes: String(facts.truth[0]?.volumes[0]?.sizeBytes),
      replicas: 2,
      compression: false,
      qosPolicy: 'gold',
      labels: { a: 'b' },
      access: OURS,
    },
  })(facts)

const admitting = ({ hostNqns }: HostAccess): Doctor => volumeThere({ acl: [...hostNqns] })

/** A finding that tells of this access; null: of something else. */
const tellingOf = (observedAccess: HostAccess | null): Doctor =>
  records(() => ({
    findings: [
      {
        ...ids.finding,
        kind: 'CHANGED',
        state: 'OPEN',
        writtenAccess: OURS,
        observedAccess: observedAccess ?? OURS,
      },
    ],
  }))

const happened = (change: Partial<ClusterTruth['history'][number]>): Doctor =>
  cluster(1, ({ history }) => ({ history: [...history, { ...ids.created, ...change }] }))

it.each<[rule: string, what: string, doctor: Doctor, fault: RegExp]>([
  [
    'rule 1',
    'a volume that never came to an end',
    first('volumes', { state: 'CREATING' }),
    /is CREATING, which is not final/,
  ],
  [
    'rule 1',
    'a volume that its cluster has not',
    cluster(0, () => ({ volumes: [] })),
    /is AVAILABLE and on no cluster/,
  ],
  ['rule 1', 'a failure without a reason', first('volumes', { state: 'FAILED' }), /no operation says why/],
  [
    'rule 1',
    'a missing volume without a finding',
    first('volumes', { state: 'MISSING' }),
    /no finding says so/,
  ],
  [
    'rule 1',
    'a missing snapshot without a finding',
    first('snapshots', { state: 'MISSING' }),
    /snp_.* is MISSING, and no finding says so/,
  ],
  [
    'rule 1',
    'a snapshot that its cluster has not',
    cluster(0, () => ({ snapshots: [] })),
    /snp_.* is AVAILABLE and on no cluster/,
  ],
  [
    'rule 1',
    'an answer that left no record',
    line({ ...ids.answer, idempotencyKey: 'k', operationId: 'op_lost' }),
    /op_lost, which is not in the records/,
  ],
  [
    'rule 1',
    'two answers under one key',
    line({ ...ids.answer, operationId: ids.otherOperation }),
    /first and .* later/,
  ],
  [
    'rule 2',
    'a volume on two clusters',
    cluster(1, () => ({ volumes: [ids.volume] })),
    /is AVAILABLE and on cluster-1, cluster-2/,
  ],
  [
    'rule 2',
    'a deleted volume that is still there',
    first('volumes', { state: 'DELETED' }),
    /is DELETED and on cluster-1/,
  ],
  [
    'rule 2',
    'a volume of ours that no record knows',
    volumeThere({ name: ids.strayName, uuid: 'stray' }),
    /without a record or a finding/,
  ],
  [
    'rule 2',
    'two at one instant of the past',
    happened({ sequence: 99, volumeUuid: 'twin' }),
    /existed 2 times when cluster-2/,
  ],
  [
    'rule 3',
    'more promised than any limit allows',
    records(() => ({ ledgerChanges: [{ ...ids.raised, promisedBytes: 1n << 62n }] })),
    /promised after transaction/,
  ],
  [
    'rule 3',
    'more provisioned by clients than any limit allows',
    cluster(0, ({ effectiveBytes }) => ({ effectiveBytes: effectiveBytes / 1_000_000n })),
    /had .* provisioned/,
  ],
  [
    'rule 4',
    'pending bytes that nobody owes',
    capacity({ pendingBytes: 1n }),
    /has 1 pending, its volumes owe 0/,
  ],
  [
    'rule 4',
    'other provisioned bytes than are there',
    capacity({ provisionedBytes: 1n }),
    /is recorded with 1 provisioned/,
  ],
  ['rule 6', 'figures from after now', capacity({ observedAt: new Date(8e15) }), /was observed after now/],
  [
    'rule 6',
    'figures of a poll that nobody began',
    capacity({ sequence: 1_000_000n }),
    /the last that was begun/,
  ],
  [
    'rule 6',
    'a sample that contradicts itself',
    first('samples', { free: { min: 5n, last: 4n, max: 6n } }),
    /free has its last outside/,
  ],
  [
    'rule 6',
    'figures that grew older for a client',
    line({ ...ids.seen, clusters: [{ id: ids.clusterId, observedAt: '2001-01-01T00:00:00Z' }] }),
    /then as of 2001/,
  ],
  [
    'rule 6',
    'figures that changed without being measured anew',
    line({
      ...ids.seen,
      clusters: [
        { id: ids.clusterId, observedAt: ids.seen.clusters[0]?.observedAt ?? null, effectiveBytes: '0' },
      ],
    }),
    /with 0, both as of/,
  ],
  [
    'rule 6',
    'figures of a time in which the cluster answered nobody',
    line(
      { ...ids.outage, cluster: 'cluster-1', fromMs: 0, untilMs: 8e15 },
      { ...ids.seen, clusters: [{ ...ids.seen.clusters[0], name: 'cluster-1' } as never] },
    ),
    /when it answered nobody/,
  ],
  [
    'rule 10',
    'work that waited for another cluster',
    first('operations', { finishedAt: new Date(ids.outage.untilMs + 1) }),
    /waited while cluster-2 answered nobody/,
  ],
  [
    'rule 8',
    'an event about nothing',
    first('events', { subjectId: 'vol_none' }),
    /vol_none, which is not in the records/,
  ],
  [
    'rule 8',
    'a change without an event',
    records(() => ({ events: [] })),
    /was changed at .* without an event/,
  ],
  [
    'rule 8',
    'a change whose transaction wrote no event',
    records(({ changes }) => ({ changes: [...(changes ?? []), { ...ids.change, transaction: 5_000n }] })),
    /in transaction 5000 without an event/,
  ],
  [
    'rule 8',
    'an operation that begins to run without an event',
    records(({ operations: [own], changes }) => ({
      changes: [
        ...(changes ?? []),
        {
          ...ids.change,
          transaction: 5_000n,
          subjectTable: 'operation',
          subjectId: own?.id ?? '',
          stateBefore: 'PENDING',
          stateAfter: 'RUNNING',
          revisionAfter: null,
        },
      ],
    })),
    /op_.* went from PENDING to RUNNING in transaction 5000 without an event/,
  ],
  [
    'rule 8',
    'an event that a subscriber never got',
    line({ ...ids.event, cursor: at(0) }, { ...ids.event, cursor: at(2) }),
    /never got/,
  ],
  [
    'rule 8',
    'events out of order',
    line({ ...ids.event, cursor: at(1) }, { ...ids.event, cursor: at(0) }),
    /got .* after/,
  ],
  [
    'rule 8',
    'a last word that a query contradicts',
    line({ ...ids.event, cursor: at(0), state: 'DELETING' }),
    /was last told that .* is DELETING/,
  ],
  [
    'rule 9',
    'what was asked and not settled',
    first('volumes', { settledGeneration: 0 }),
    /has settled generation 0/,
  ],
  ['rule 9', 'another size', volumeThere({ sizeBytes: 5n }), /has size 5/],
  ['rule 9', 'another name', volumeThere({ name: 'renamed' }), /is called renamed/],
  ['rule 9', 'other labels', volumeThere({ labels: [{ key: 'a', value: 'z' }] }), /has labels a=z/],
  ['rule 9', 'another compression', volumeThere({ compression: true }), /has compression true/],
  ['rule 9', 'another QoS policy', volumeThere({ qosPolicy: null }), /has QoS policy null/],
  [
    'rule 9',
    'a host that is not admitted',
    volumeThere({ acl: ['ALLOW_NONE'] }),
    /whom its cluster does not admit/,
  ],
  [
    'rule 9',
    'a stranger of whom no finding tells',
    (facts) => admitting(OPENED)(writing(facts)),
    /was last written to admit nqn.* from ANY, by the other side nqn.*,nqn.*other from ANY/,
  ],
  [
    'rule 9',
    'a list that was opened to everybody while a finding tells of something else',
    (facts) => tellingOf(null)(volumeThere({ acl: ['ALLOW_ANY'] })(writing(facts))),
    /whom its cluster does not admit/,
  ],
  [
    'rule 9',
    'other addresses than those of which a finding tells',
    (facts) => tellingOf(OPENED)(volumeThere({ ipAcl: ['10.0.0.1'] })(writing(facts))),
    /admits addresses 10\.0\.0\.1/,
  ],
  [
    'rule 9',
    'a host that was never put out',
    records(() => ({ attachments: [] })),
    /whom its cluster admits/,
  ],
  [
    'rule 9',
    'an attachment that was never confirmed',
    first('attachments', { confirmedMode: null }),
    /not confirmed as wanted/,
  ],
  [
    'rule 9',
    'a snapshot of another size',
    cluster(0, ({ snapshots: [own] }) => ({ snapshots: [{ ...own, sizeBytes: 3n } as never] })),
    /snp_.* has size 3/,
  ],
  ['rule 9', 'other figures than the cluster has', capacity({ freeBytes: 7n }), /has free bytes 7/],
  [
    'rule 11',
    'a snapshot of another tenant',
    first('snapshots', { project: 'other' }),
    /of project other is of/,
  ],
  [
    'rule 11',
    'a group of another tenant',
    first('volumes', { placementGroup: 'other/g' }),
    /is in group other\/g/,
  ],
  [
    'rule 12',
    'a secret in a table',
    records(() => ({ leaks: [{ where: 'public.operation', secret: 'master key', count: 2 }] })),
    /public.operation has the master key/,
  ],
  [
    'rule 13',
    'a foreign volume that was changed',
    happened({ sequence: 98, kind: 'changed', volumeName: 'theirs', volumeUuid: 'theirs' }),
    /theirs .* was changed by a client/,
  ],
  [
    'rule 13',
    'a volume of somebody else that bears a name of ours and was deleted',
    (facts) => {
      const made = happened({ sequence: 90, by: 'outside', volumeUuid: 'theirs' })(facts)
      return happened({ sequence: 91, kind: 'gone', volumeUuid: 'theirs' })(made)
    },
    /\(theirs\) .* was gone by a client/,
  ],
  [
    'rule 13',
    'a volume that somebody had deleted and nobody asked for again',
    (facts) => {
      const lost = happened({ sequence: 90, kind: 'gone', by: 'outside' })(facts)
      return happened({ sequence: 91, volumeUuid: 'anew' })(lost)
    },
    /was made again on/,
  ],
  [
    'rule 13',
    'an adopted volume that was changed before',
    first('volumes', { adoptedAt: new Date(8e14) }),
    /was created by a client/,
  ],
  [
    'always',
    'a volume that came back',
    records(() => ({ changes: [{ ...ids.change, stateBefore: 'DELETED', stateAfter: 'AVAILABLE' }] })),
    /went from DELETED to AVAILABLE/,
  ],
  [
    'always',
    'a fencing number that fell',
    records(() => ({ changes: [{ ...ids.change, leaseBefore: 3n, leaseAfter: 2n }] })),
    /fencing number 3 to 2/,
  ],
  [
    'always',
    'a revision that fell for a client',
    line({ ...ids.seen, volumes: [{ ...ids.shown, revision: 1 }] }),
    /at revision 2, then at 1/,
  ],
  [
    'always',
    'a deleted volume that has lost its id',
    first('volumes', { state: 'DELETED', deletedAt: new Date(1_000), backendId: null }),
    /CREATE_VOLUME.* SUCCEEDED, and .* is DELETED/,
  ],
  ['always', 'a lease at rest', first('volumes', { leasedUntil: new Date(8e15) }), /is leased until/],
  [
    'always',
    'an operation that goes on',
    first('operations', { state: 'RUNNING', finishedAt: null }),
    /is RUNNING at rest/,
  ],
  [
    'always',
    'a success without effect',
    first('operations', { kind: 'DELETE_VOLUME' }),
    /SUCCEEDED, and vol_/,
  ],
  [
    'always',
    'a success without the effect asked for',
    line({ ...ids.answer, field: 'updateVolume', input: { name: 'wanted' } }),
    /has name .* and not wanted/,
  ],
])('%s: %s is reported', async (rule, _what, doctor, fault) => {
  const lines = faultLines(await verify(doctor(GOOD), GOOD_BATCHES))
  expect(lines.filter((each) => each.startsWith(`${rule}: `) && fault.test(each))).not.toEqual([])
})

it.each<[rule: string, what: string, change: Partial<PlacementRequest>, clusterIndex: number, fault: RegExp]>(
  [
    ['rule 3', 'a worse cluster', {}, 2, /was better/],
    [
      'rule 3',
      'growth past the limit',
      { sizeBytes: 1n << 55n, growsOn: ids.clusterId },
      0,
      /past its limit/,
    ],
    ['rule 5', 'another cluster than it replays to', {}, 2, /and replays to/],
  ],
)('%s: a decision for %s is reported', async (rule, _what, change, clusterIndex, fault) => {
  const [batch, ...rest] = GOOD_BATCHES
  if (!batch) throw new Error('there is no batch')
  const decisions = batch.decisions.map((decision, index) =>
    index === 0
      ? {
          ...decision,
          request: { ...decision.request, ...change },
          clusterId: batch.candidates[clusterIndex]?.clusterId ?? null,
        }
      : decision,
  )
  const lines = faultLines(await verify(GOOD, [{ ...batch, decisions }, ...rest]))
  expect(lines.filter((each) => each.startsWith(`${rule}: `) && fault.test(each))).not.toEqual([])
})

it('what others changed behind our back may differ while a finding tells of it', async () => {
  const told = records(() => ({ findings: [{ ...ids.finding, kind: 'CHANGED', state: 'OPEN' }] }))
  expect(faultLines(await verify(told(volumeThere({ compression: true })(GOOD)), GOOD_BATCHES))).toEqual([])
})

it('what others made under a name of ours is no second one', async () => {
  const made = happened({ sequence: 99, by: 'outside', volumeUuid: 'theirs' })
  const there = cluster(1, ({ volumes }) => ({ volumes: [...volumes, { ...ids.volume, uuid: 'theirs' }] }))
  const lines = faultLines(await verify(made(there(GOOD)), GOOD_BATCHES))
  expect(lines.filter((each) => /^rule [12]: /.test(each))).toEqual([])
})

it('a stranger that was let in behind our back may be there while a finding tells of it', async () => {
  const facts = tellingOf(OPENED)(admitting(OPENED)(writing(GOOD)))
  expect(faultLines(await verify(facts, GOOD_BATCHES))).toEqual([])
})

it.each([
  ['FAILED', 'NO_SOURCE'],
  ['CANCELLED', 'CANCELLED'],
])(
  'a snapshot that was taken for a clone fails with the clone’s operation, which is %s',
  async (state, errorCode) => {
    const failed = records(({ operations: [head, ...rest], volumes, snapshots }) => ({
      operations: [{ ...head, kind: 'CREATE_VOLUME', state, errorCode } as never, ...rest],
      volumes: volumes.map(
        (each) => ({ ...each, state: state === 'FAILED' ? 'FAILED' : 'DELETED' }) as never,
      ),
      snapshots: snapshots.map((each) => ({ ...each, state: 'FAILED', madeForId: each.volumeId }) as never),
    }))
    const lines = faultLines(await verify(failed(GOOD), GOOD_BATCHES))
    expect(lines.filter((each) => /no operation says why/.test(each))).toEqual([])
  },
)

it('what a volume was before it was made again was ours until then', async () => {
  const changed = happened({ sequence: 98, kind: 'changed', volumeName: 'theirs', volumeUuid: 'theirs' })
  const recreated = (createdAt: Date) =>
    first('operations', { formerBackendId: 'theirs', formerAdoptedAt: new Date(0), createdAt })
  const foreign = async (doctor: Doctor) =>
    faultLines(await verify(doctor(changed(GOOD)), GOOD_BATCHES)).filter((each) => /theirs/.test(each))
  expect(await foreign(recreated(new Date(8e14)))).toEqual([])
  expect(await foreign(recreated(new Date(0)))).toHaveLength(1)
})

it('a snapshot that lingers is looked at', async () => {
  const looked = first('snapshots', { state: 'LINGERING', leasedUntil: new Date(8e15) })
  expect(faultLines(await verify(looked(GOOD), GOOD_BATCHES)).filter((each) => /leased/.test(each))).toEqual(
    [],
  )
})

it('growth by others past the limit is nobody’s fault', async () => {
  const grown = cluster(0, ({ effectiveBytes, history }) => ({
    effectiveBytes: effectiveBytes / 1_000_000n,
    history: [
      ...history,
      { ...ids.created, kind: 'created', by: 'outside', volumeUuid: 'x', volumeName: 'x' },
    ],
  }))
  const lines = faultLines(await verify(grown(GOOD), GOOD_BATCHES))
  expect(lines.filter((each) => each.startsWith('rule 3'))).toEqual([])
})
