// Over 400 lines: a row for each fault of each mutation.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterNamed, newVolume, takeSnapshot } from '../testkit/data-life.ts'
import { newHost } from '../testkit/hosts.ts'
import { inputFields, MUTATIONS, mutationOf, readWritten, refusalsOf } from '../testkit/refusals.ts'
import { type Says, saying } from '../testkit/saying.ts'
import { newSchedule } from '../testkit/schedules.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const NOBODY = '01939b6c-0000-7000-8000-000000000000'
const KEY = { idempotencyKey: 'fresh' }

type Fields = Record<string, unknown>

let stack: Stack
/** Of each type one that is there. */
let known: Readonly<Record<string, string>>

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 9 }, pollIntervalMs: 500 })
  const volume = await newVolume(stack)
  const otherVolume = await newVolume(stack)
  const snapshot = await takeSnapshot(stack, volume)
  const host = await newHost(stack)
  const schedule = await newSchedule(stack, volume.id, { paused: true })
  clusterNamed(stack, volume.cluster.name).createForeignVolume({ name: 'foreign', sizeBytes: 1n << 30n })
  const finding = await waitUntil('the foreign volume to be found', async () => {
    const { findings } = await stack.api.ask<{ findings: { nodes: { id: string }[] } }>(
      '{ findings { nodes { id } } }',
    )
    return findings.nodes[0]
  })
  await stack.api.ask('{ serviceCredential { keyId } }')
  const { operations } = await stack.api.ask<{ operations: { nodes: { id: string }[] } }>(
    '{ operations(first: 1) { nodes { id } } }',
  )
  known = {
    Volume: volume.id,
    OtherVolume: otherVolume.id,
    Snapshot: snapshot.id,
    Cluster: volume.cluster.id,
    Host: host.id,
    SnapshotSchedule: schedule.id,
    Finding: finding.id,
    Operation: operations.nodes[0]?.id ?? '',
  }
  await waitForRest(stack)
})

afterAll(() => stack?.close())

interface Row {
  readonly row: string
  readonly field: string
  readonly input: () => Fields
  readonly code: string
  readonly path: string
  readonly says: Says
}

const PREFIXES: Readonly<Record<string, string>> = {
  Volume: 'vol',
  Snapshot: 'snp',
  SnapshotSchedule: 'sch',
  Cluster: 'cls',
  Host: 'hst',
  Finding: 'fnd',
  Operation: 'op',
}
const UNTIL = { until: '2099-01-01T00:00:00Z', reason: 'known' }
const RECURRENCE = { name: 'hourly', recurrence: { everySeconds: 3_600 }, keepCount: 1 }

/** What each changes, the field that names it, and what else it must be told. */
const TARGETS: readonly (readonly [field: string, type: string, idField: string, more?: () => Fields])[] = [
  ['deleteVolume', 'Volume', 'id'],
  ['resizeVolume', 'Volume', 'id', () => ({ sizeBytes: '16GiB' })],
  ['updateVolume', 'Volume', 'id', () => ({ name: 'fresh' })],
  ['restoreVolume', 'Volume', 'id', () => ({ snapshotId: known.Snapshot })],
  ['attachVolume', 'Volume', 'id', () => ({ hostIds: [known.Host] })],
  ['detachVolume', 'Volume', 'id'],
  ['forgetVolume', 'Volume', 'id'],
  ['recreateVolume', 'Volume', 'id'],
  ['createSnapshot', 'Volume', 'volumeId', () => ({ name: 'fresh' })],
  ['createSnapshotSchedule', 'Volume', 'volumeId', () => RECURRENCE],
  ['deleteSnapshot', 'Snapshot', 'id'],
  ['updateSnapshotSchedule', 'SnapshotSchedule', 'id', () => ({ paused: true })],
  ['deleteSnapshotSchedule', 'SnapshotSchedule', 'id'],
  ['updateCluster', 'Cluster', 'id', () => ({ adminState: 'CORDONED' })],
  ['refreshCluster', 'Cluster', 'id'],
  ['detachCluster', 'Cluster', 'id'],
  ['startDrain', 'Cluster', 'clusterId'],
  ['cancelDrain', 'Cluster', 'clusterId'],
  ['updateHost', 'Host', 'id', () => ({ name: 'fresh' })],
  ['deleteHost', 'Host', 'id'],
  ['ignoreFinding', 'Finding', 'id', () => UNTIL],
  ['cancelOperation', 'Operation', 'id'],
  ['retryOperation', 'Operation', 'id'],
]

const NO_KEY: Says = [/is empty/, /1 to 255 visible ASCII/]
const keyOf = (field: string) => (inputFields(field).includes('idempotencyKey') ? KEY : {})

const BY_ID = TARGETS.flatMap(([field, type, idField, more = () => ({})]): Row[] => {
  const key = keyOf(field)
  const prefix = PREFIXES[type]
  const path = `input.${idField}`
  const other = type === 'Volume' ? 'Cluster' : 'Volume'
  const isKeyed = 'idempotencyKey' in key
  // The state that these two want is looked at first, and no volume here has it.
  const isRevised =
    inputFields(field).includes('expectedRevision') && !['forgetVolume', 'recreateVolume'].includes(field)
  const row = (what: string, changed: () => Fields, code: string, at: string, says: Says): Row => ({
    row: `${field} ${what}`,
    field,
    input: () => ({ ...key, [idField]: known[type], ...more(), ...changed() }),
    code,
    path: at,
    says,
  })
  const example = new RegExp(`^an id of an? ${type} like "${prefix}_`)
  return [
    row('of an unknown id', () => ({ [idField]: `${prefix}_${NOBODY}` }), 'NOT_FOUND', path, [
      new RegExp(`there is no .*${prefix}_`),
    ]),
    row('of a malformed id', () => ({ [idField]: 'first' }), 'INVALID_ID', path, [
      /"first" is not the id of/,
      example,
    ]),
    row('of an id of another type', () => ({ [idField]: known[other] }), 'INVALID_ID', path, [
      new RegExp(`is the id of a ${other}, not of an? ${type}`),
      example,
    ]),
    ...(isKeyed
      ? [
          row(
            'with an empty key',
            () => ({ idempotencyKey: '' }),
            'INVALID_INPUT',
            'input.idempotencyKey',
            NO_KEY,
          ),
        ]
      : []),
    ...(isRevised
      ? [
          row(
            'of another revision',
            () => ({ expectedRevision: 99 }),
            'REVISION_CONFLICT',
            'input.expectedRevision',
            [/expected revision 99, but it is \d+ now; read it again/],
          ),
        ]
      : []),
  ]
})

const other = (
  row: string,
  field: string,
  input: () => Fields,
  path: string,
  says: Says,
  code = 'INVALID_INPUT',
): Row => ({
  row: `${field} ${row}`,
  field,
  input: () => ({ ...keyOf(field), ...input() }),
  code,
  path: `input.${path}`,
  says,
})
const STORABLE = /well-formed Unicode without the character U\+0000/
const NUL: Says = [/has the character U\+0000/, STORABLE]
const HALF: Says = [/has half of a surrogate pair/, STORABLE]
const OTHERS: readonly Row[] = [
  other('that changes nothing', 'updateVolume', () => ({ id: known.Volume }), '', [
    /changes nothing/,
    /at least one of name, labels/,
  ]),
  other('that changes nothing', 'updateCluster', () => ({ id: known.Cluster }), '', [
    /changes nothing/,
    /at least one of labels, adminState/,
  ]),
  other('that changes nothing', 'updateHost', () => ({ id: known.Host }), '', [
    /changes nothing/,
    /at least one of name, addresses/,
  ]),
  other('that changes nothing', 'updateSnapshotSchedule', () => ({ id: known.SnapshotSchedule }), '', [
    /changes nothing/,
    /at least one of name, labels, recurrence/,
  ]),
  other('that changes nothing', 'bulkUpdateVolumes', () => ({ selection: { ids: [known.Volume] } }), '', [
    /changes nothing/,
    /at least one of labels, compression/,
  ]),
  other(
    'with a label twice',
    'updateCluster',
    () => ({
      id: known.Cluster,
      labels: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    }),
    'labels.1.key',
    [/"a" comes twice/, /each key once/],
  ),
  other(
    'to shrink without force',
    'updateVolume',
    () => ({ id: known.Volume, sizeBytes: '4KiB' }),
    'sizeBytes',
    [/last 8589930496 bytes is lost.*updateVolume\(force: true\)/],
    'WOULD_SHRINK',
  ),
  other(
    'with a name of too many characters',
    'createSnapshot',
    () => ({ volumeId: known.Volume, name: 'n'.repeat(254) }),
    'name',
    [/has 254 characters/, /1 to 253 letters/],
  ),
  other(
    'kept for no time',
    'createSnapshot',
    () => ({ volumeId: known.Volume, name: 'fresh', retentionSeconds: 0 }),
    'retentionSeconds',
    [/is 0/, /^1 to 316224000; absent to keep it for ever/],
  ),
  other(
    'with no limit',
    'createSnapshotSchedule',
    () => ({ volumeId: known.Volume, ...RECURRENCE, keepCount: null }),
    'keepCount',
    [/is absent, and so is retentionSeconds/, /^keepCount, retentionSeconds or both/],
  ),
  other(
    'of a snapshot that is not there',
    'restoreVolume',
    () => ({ id: known.Volume, snapshotId: `snp_${NOBODY}` }),
    'snapshotId',
    [/there is no snapshot snp_/],
    'NOT_FOUND',
  ),
  other('to no host', 'attachVolume', () => ({ id: known.Volume, hostIds: [] }), 'hostIds', [
    /has 0 entries/,
    /1 to 100/,
  ]),
  other(
    'to an unknown host',
    'attachVolume',
    () => ({ id: known.Volume, hostIds: [`hst_${NOBODY}`] }),
    'hostIds.0',
    [/there is no host hst_/],
    'NOT_FOUND',
  ),
  other(
    'from a host twice',
    'detachVolume',
    () => ({ id: known.Volume, hostIds: [known.Host, known.Host] }),
    'hostIds',
    [/names a host twice/, /each host once/],
  ),
  other(
    'of one that is not missing',
    'forgetVolume',
    () => ({ id: known.Volume }),
    'id',
    [/is AVAILABLE; this is for a MISSING volume only/],
    'INVALID_STATE',
  ),
  other(
    'of one that is not missing',
    'recreateVolume',
    () => ({ id: known.Volume }),
    'id',
    [/is AVAILABLE; this is for a MISSING volume only/],
    'INVALID_STATE',
  ),
  other(
    'of what no drain empties',
    'cancelDrain',
    () => ({ clusterId: known.Cluster }),
    'clusterId',
    [/^cls_.* is not being drained; only a drain that is under way/],
    'INVALID_STATE',
  ),
  other(
    'of one that has succeeded',
    'cancelOperation',
    () => ({ id: known.Operation }),
    'id',
    [/is SUCCEEDED; there is nothing to cancel/],
    'INVALID_STATE',
  ),
  other(
    'of one that has not failed',
    'retryOperation',
    () => ({ id: known.Operation }),
    'id',
    [/is SUCCEEDED; only what has failed/],
    'INVALID_STATE',
  ),
  other(
    'until a time that is past',
    'ignoreFinding',
    () => ({ id: known.Finding, ...UNTIL, until: '2020-01-01T00:00:00Z' }),
    'until',
    [/^2020-01-01T00:00:00\.000Z is past/, /^a time to come, within ten years/],
  ),
  other('for no reason', 'ignoreFinding', () => ({ id: known.Finding, ...UNTIL, reason: ' ' }), 'reason', [
    /says nothing/,
    /1 to 1000 characters/,
  ]),
  other(
    'with half of a surrogate pair in the reason',
    'ignoreFinding',
    () => ({ id: known.Finding, ...UNTIL, reason: '\ud800' }),
    'reason',
    HALF,
  ),
  other(
    'with NUL in the QoS policy',
    'updateVolume',
    () => ({ id: known.Volume, qosPolicy: 'a\0' }),
    'qosPolicy',
    NUL,
  ),
  other(
    'with NUL in the QoS policy',
    'bulkUpdateVolumes',
    () => ({ selection: { ids: [known.Volume] }, qosPolicy: 'a\0' }),
    'qosPolicy',
    NUL,
  ),
  other(
    'with half of a surrogate pair in a QoS policy',
    'bulkCreateVolumes',
    () => ({ volumes: [{ name: 'a', sizeBytes: '1GiB', qosPolicy: '\ud800' }] }),
    'volumes.0.qosPolicy',
    HALF,
  ),
  other('with NUL in its name', 'updateHost', () => ({ id: known.Host, name: 'a\0' }), 'name', NUL),
  other(
    'with NUL in the time zone',
    'updateSnapshotSchedule',
    () => ({ id: known.SnapshotSchedule, recurrence: { pattern: '0 0 * * *', timeZone: 'UTC\0' } }),
    'recurrence.timeZone',
    NUL,
  ),
  other(
    'with NUL in the certificate',
    'registerCluster',
    () => ({
      name: 'fresh',
      endpoints: ['https://10.0.0.1'],
      tls: { mode: 'CA', caCertificatePem: '-----BEGIN CERTIFICATE-----\0-----END CERTIFICATE-----' },
      credential: { token: 'x' },
    }),
    'tls.caCertificatePem',
    NUL,
  ),
  other(
    'with NUL in the description',
    'createPolicy',
    () => ({ document: { name: 'gold', description: '\0' } }),
    'document.description',
    NUL,
  ),
  other(
    'with half of a surrogate pair in the QoS policy',
    'updatePolicy',
    () => ({ document: { name: 'default', defaults: { qosPolicy: '\ud800' } } }),
    'document.defaults.qosPolicy',
    HALF,
  ),
  other('with NUL in the name', 'deletePolicy', () => ({ name: 'a\0' }), 'name', NUL),
  other(
    'with NUL in the name',
    'setShadowPolicy',
    () => ({ policy: 'default', shadow: 'a\0' }),
    'shadow',
    NUL,
  ),
  other(
    'into a policy with NUL in its name',
    'adoptVolumes',
    () => ({ items: [{ findingId: known.Finding }], policy: 'a\0' }),
    'policy',
    NUL,
  ),
  ...(
    [
      ['with a name of a blank', { name: ' ' }, 'name', /has the character " "/, /1 to 253 letters/],
      [
        'with a label without a name',
        { labels: [{ key: '', value: 'x' }] },
        'labels',
        /^the key "" is empty/,
        /1 to 253 letters/,
      ],
      [
        'with a QoS policy of 300 letters',
        { qosPolicy: 'q'.repeat(300) },
        'qosPolicy',
        /has 300 characters/,
        /1 to 253 characters, no blank first/,
      ],
      ['of no bytes', { sizeBytes: '0' }, 'sizeBytes', /^is 0/, /1EiB/],
      [
        'of half a block',
        { sizeBytes: '5000' },
        'sizeBytes',
        /5000 is no multiple of 4096/,
        /in steps of 4096/,
      ],
      ['of too many bytes', { sizeBytes: '2EiB' }, 'sizeBytes', /2305843009213693952 is too large/, /1EiB/],
    ] as const
  ).map(([row, input, path, ...says]) =>
    other(row, 'updateVolume', () => ({ id: known.Volume, ...input }), path, says),
  ),
  ...(
    [
      ['0', /^is 0/],
      ['5000', /5000 is no multiple of 4096/],
      ['2EiB', /2305843009213693952 is too large/],
    ] as const
  ).map(([sizeBytes, message]) =>
    other(`to ${sizeBytes}`, 'resizeVolume', () => ({ id: known.Volume, sizeBytes }), 'sizeBytes', [
      message,
      /1EiB/,
    ]),
  ),
  other(
    'to a size and by a size',
    'bulkUpdateVolumes',
    () => ({ selection: { ids: [known.Volume] }, sizeBytes: '16GiB', growBytes: '1GiB' }),
    'growBytes',
    [/stands beside sizeBytes/, /one of the two/],
  ),
  other(
    'of a snapshot of another volume',
    'restoreVolume',
    () => ({ id: known.OtherVolume, snapshotId: known.Snapshot }),
    'snapshotId',
    [/^snp_.* is of vol_.*, not of vol_/, /^a snapshot of the volume itself/],
  ),
  ...(
    [
      ['without an endpoint', { endpoints: [] }, 'endpoints', /has 0 entries/, /1 to 16/],
      [
        'with an endpoint of clear text',
        { endpoints: ['http://10.0.0.1'] },
        'endpoints.0',
        /has the scheme http:/,
        /https:/,
      ],
      [
        'with a fingerprint of none',
        { tls: { mode: 'PINNED', certificateSha256: 'ab' } },
        'tls.certificateSha256',
        /is no SHA-256 fingerprint/,
        /64 hexadecimal digits/,
      ],
      [
        'with an empty token',
        { credential: { token: '' } },
        'credential',
        /neither way is given/,
        /exactly one of token/,
      ],
      [
        'with a blank in the token',
        { credential: { token: 'a b' } },
        'credential.token',
        /has blanks/,
        /^the token as the cluster gave it/,
      ],
    ] as const
  ).map(([row, input, path, ...says]) =>
    other(row, 'updateCluster', () => ({ id: known.Cluster, ...input }), path, says),
  ),
  other(
    'with an address that is none',
    'updateHost',
    () => ({ id: known.Host, addresses: ['ten'] }),
    'addresses.0',
    [/"ten" is no IP address/, /IPv4 or IPv6/],
  ),
  other('of nothing', 'adoptVolumes', () => ({ items: [] }), 'items', [/has 0 entries/, /1 to \d+/]),
  other(
    'of a finding twice',
    'adoptVolumes',
    () => ({ items: [{ findingId: known.Finding }, { findingId: known.Finding }] }),
    'items.1.findingId',
    [/is there twice/, /each finding once/],
  ),
  other(
    'into an unknown policy',
    'adoptVolumes',
    () => ({ items: [{ findingId: known.Finding }], policy: 'gold' }),
    'policy',
    [/there is no policy "gold"/, /default/],
  ),
  other('with an NQN that is none', 'registerHost', () => ({ nqn: 'host-1' }), 'nqn', [
    /"host-1" is no NVMe qualified name/,
    /nqn\.YYYY-MM/,
  ]),
  other(
    'with an address that is none',
    'registerHost',
    () => ({ nqn: 'nqn.2019-09.com.example:fresh', addresses: ['ten'] }),
    'addresses.0',
    [/"ten" is no IP address/, /IPv4 or IPv6/],
  ),
  other('with an empty name', 'createVolume', () => ({ name: '', sizeBytes: '1GiB' }), 'name', [
    /is empty/,
    /1 to 253 letters/,
  ]),
  other(
    'without an endpoint',
    'registerCluster',
    () => ({ name: 'fresh', endpoints: [], tls: { mode: 'SYSTEM' }, credential: { token: 'x' } }),
    'endpoints',
    [/has 0 entries/, /1 to 16/],
  ),
  other(
    'with a limit of none',
    'createPolicy',
    () => ({ document: { name: 'gold', limits: { maxProvisionedRatio: { create: '-1' } } } }),
    'document.limits.maxProvisionedRatio.create',
    [/is "-1"/, /^a decimal in quotes from "0" to "1000"/],
  ),
  other(
    'of an unknown name',
    'updatePolicy',
    () => ({ document: { name: 'gold' } }),
    'document.name',
    [/there is no policy "gold"/],
    'NOT_FOUND',
  ),
  other(
    'of the default one',
    'deletePolicy',
    () => ({ name: 'default' }),
    'name',
    [/the default one; it cannot be deleted/],
    'INVALID_STATE',
  ),
  other('by itself', 'setShadowPolicy', () => ({ policy: 'default', shadow: 'default' }), 'shadow', [
    /is the policy itself/,
    /null/,
  ]),
  ...['createPolicy', 'deletePolicy', 'setShadowPolicy', 'updatePolicy'].map((field) =>
    other(
      'with an empty key',
      field,
      () => ({
        idempotencyKey: '',
        ...{ deletePolicy: { name: 'gold' }, setShadowPolicy: { policy: 'default' } }[field],
        ...(['createPolicy', 'updatePolicy'].includes(field) && { document: { name: 'gold' } }),
      }),
      'idempotencyKey',
      NO_KEY,
    ),
  ),
  other('with an empty key', 'rotateServiceKey', () => ({ idempotencyKey: '' }), 'idempotencyKey', NO_KEY),
  other(
    'with an empty key',
    'retireServiceKey',
    () => ({ idempotencyKey: '', keyId: 'flotilla' }),
    'idempotencyKey',
    NO_KEY,
  ),
  other('with NUL in the name', 'retireServiceKey', () => ({ keyId: 'a\0' }), 'keyId', NUL),
  other(
    'of an unknown key',
    'retireServiceKey',
    () => ({ keyId: 'flotilla-9' }),
    'keyId',
    [/there is no service key "flotilla-9"/],
    'NOT_FOUND',
  ),
  other(
    'of the newest key',
    'retireServiceKey',
    () => ({ keyId: 'flotilla' }),
    'keyId',
    [/is the newest key.*; allowed: none, before another key/],
    'INVALID_STATE',
  ),
  other('of none', 'bulkCreateVolumes', () => ({ volumes: [] }), 'volumes', [/has 0 entries/, /1 to \d+/]),
  other(
    'of one name twice',
    'bulkCreateVolumes',
    () => ({
      volumes: [
        { name: 'a', sizeBytes: '1GiB' },
        { name: 'a', sizeBytes: '1GiB' },
      ],
    }),
    'volumes.1.name',
    [/is there twice/, /each name once in a project/],
  ),
  other('of none', 'bulkDeleteVolumes', () => ({ selection: { ids: [] } }), 'selection.ids', [
    /has 0 entries/,
    /1 to \d+/,
  ]),
  other('of nothing that is chosen', 'bulkDeleteVolumes', () => ({ selection: {} }), 'selection', [
    /names nothing/,
    /exactly one of ids and where/,
  ]),
  other(
    'of at most none',
    'bulkCreateSnapshots',
    () => ({ selection: { ids: [known.Volume] }, name: 'fresh', maxItems: 0 }),
    'maxItems',
    [/is 0/, /1 to \d+/],
  ),
  other(
    'to no host',
    'bulkAttachVolumes',
    () => ({ selection: { ids: [known.Volume] }, hostIds: [] }),
    'hostIds',
    [/has 0 entries/, /1 to 100/],
  ),
  other(
    'to an unknown host',
    'bulkAttachVolumes',
    () => ({ selection: { ids: [known.Volume] }, hostIds: [`hst_${NOBODY}`] }),
    'hostIds.0',
    [/there is no host hst_/],
    'NOT_FOUND',
  ),
  other(
    'from a host twice',
    'bulkDetachVolumes',
    () => ({ selection: { ids: [known.Volume] }, hostIds: [known.Host, known.Host] }),
    'hostIds',
    [/names a host twice/, /each host once/],
  ),
]

const ROWS = [...BY_ID, ...OTHERS]

describe('a change that cannot be is refused with the field, what is wrong and what is allowed, and nothing is half done', () => {
  it.each(ROWS)('$row is $code at $path', async ({ field, input, code, path, says }) => {
    const before = await readWritten(stack)
    expect(refusalsOf(await stack.api.send(mutationOf(field), { input: input() }))).toEqual([
      { code, path: path.replace(/\.$/, ''), ...saying(says) },
    ])
    expect(await readWritten(stack)).toEqual(before)
  })

  it('no mutation is left out', () => {
    expect(MUTATIONS.filter((mutation) => ROWS.every(({ field }) => field !== mutation))).toEqual([])
  })
})
