import { expect, test } from 'vitest'
import type { Cluster } from '../clusters/cluster.ts'
import { CLUSTER_KINDS } from '../clusters/cluster-kinds.ts'
import { type InputIssue, InvalidInputError } from '../errors.ts'
import { toId } from '../identity/ids.ts'
import type { PlacementIntent } from '../placement/placement-intent.ts'
import type { NewCluster } from '../ports/cluster-store.ts'
import type { CreateVolumeInput } from '../ports/create-volume-input.ts'
import type { RegisterClusterInput, UpdateVolumeInput } from '../ports/fleet-commands.ts'
import { sampleClusterId, sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { type CommandPorts, createFleetCommands } from './fleet-command-service.ts'

/** Thrown by every store of these tests: the input was found good, and nothing is written. */
class Accepted extends Error {
  readonly wanted: unknown

  constructor(wanted: unknown) {
    super('the input was accepted')
    this.wanted = wanted
  }
}

const accept = (wanted: unknown) => Promise.reject(new Accepted(wanted))
let count = 0
const ports: CommandPorts = {
  clusters: {
    register: accept,
    update: (_id, changes) => accept(changes),
    detach: accept,
    requestRefresh: accept,
    kindsOf: accept,
  },
  volumes: { requestDeletion: accept, requestRestore: accept },
  snapshots: { create: accept, requestDeletion: accept },
  schedules: { create: accept, update: (_id, changes) => accept(changes), delete: accept },
  hosts: {
    register: accept,
    update: (_id, changes) => accept(changes),
    delete: accept,
    attach: accept,
    detach: accept,
  },
  findings: { adopt: accept, ignore: accept, recreate: accept, forget: accept },
  ledger: { place: accept, update: accept, preview: (...wanted) => accept(wanted), previewUpdates: accept },
  operations: { find: accept, cancel: accept },
  bulks: {
    earlier: accept,
    select: accept,
    dependents: accept,
    snapshotNameHolders: accept,
    attachedHosts: accept,
    hosts: accept,
    start: accept,
    repeat: accept,
  },
  jobs: { reconcileVolumes() {}, reconcileSnapshots() {}, pollCluster() {}, carryOutBulk() {} },
  ids: { next: (type) => toId(type, sampleUuid(++count)) },
  policies: { create: accept, update: accept, delete: accept, setShadow: accept, ensureDefault: accept },
  kinds: new Map(
    [...CLUSTER_KINDS].flatMap(([kind, each]) => [[kind, each] as const, ['other', each] as const]),
  ),
  digest: (text) => text,
  serviceKeys: { credential: () => accept(null), rotate: accept, retire: accept },
}
const commands = createFleetCommands(ports)
const alice = { name: 'alice' }
const volumeId = sampleVolumeId(1)
const idempotencyKey = 'key'

const goodCluster: RegisterClusterInput = {
  idempotencyKey,
  name: 'rack-1.a_B',
  driver: 'lightos',
  endpoints: ['https://10.0.0.1:443', 'https://storage.example'],
  tls: { mode: 'SYSTEM' },
  credential: { token: 'secret' },
  labels: { site: 'one' },
}
const goodVolume: CreateVolumeInput = {
  idempotencyKey,
  name: 'v',
  project: 'p',
  policy: 'gold',
  sizeBytes: 4096n,
  replicas: 2,
  compression: false,
  labels: {},
}

/** What a command made of its input: what it handed to the store, or every fault it found. */
async function outcomeOf(
  command: Promise<unknown>,
): Promise<{ wanted: unknown } | { issues: readonly InputIssue[] }> {
  const error: unknown = await command.then(
    () => new Error('a store answered'),
    (reason: unknown) => reason,
  )
  if (error instanceof Accepted) return { wanted: error.wanted }
  if (error instanceof InvalidInputError) return { issues: error.issues }
  throw error
}

async function faultsOf(command: Promise<unknown>): Promise<string[]> {
  const outcome = await outcomeOf(command)
  const issues = 'issues' in outcome ? outcome.issues : []
  for (const issue of issues) {
    expect(issue.message).not.toBe('')
    expect(issue.allowed).not.toBe('')
  }
  return issues.map((issue) => issue.path.join('.'))
}

const register = (input: Partial<RegisterClusterInput>) =>
  commands.registerCluster({ ...goodCluster, ...input }, alice)
const createVolume = (input: Partial<CreateVolumeInput>) =>
  commands.createVolume({ ...goodVolume, ...input }, alice)
const resize = (input: Partial<UpdateVolumeInput>) =>
  commands.updateVolume({ idempotencyKey, id: volumeId, sizeBytes: 8192n, ...input }, alice)

const labels = (entries: number) =>
  Object.fromEntries(Array.from({ length: entries }, (_, number) => [`label-${number}`, 'x']))
const pin = (digits: number) => ({ mode: 'PINNED', certificateSha256: 'a'.repeat(digits) }) as const

test.each<[name: string, input: Partial<CreateVolumeInput>, path: string]>([
  ['size 0', { sizeBytes: 0n }, 'input.sizeBytes'],
  ['a negative size', { sizeBytes: -4096n }, 'input.sizeBytes'],
  ['a size that is no multiple of 4096', { sizeBytes: 4097n }, 'input.sizeBytes'],
  ['less than the smallest size', { sizeBytes: 4095n }, 'input.sizeBytes'],
  ['a size of 2^63', { sizeBytes: 1n << 63n }, 'input.sizeBytes'],
  ['a size just above the largest', { sizeBytes: (1n << 60n) + 4096n }, 'input.sizeBytes'],
  ['a name of 254 characters', { name: 'x'.repeat(254) }, 'input.name'],
  ['an empty name', { name: '' }, 'input.name'],
  ['a name with a slash', { name: 'a/b' }, 'input.name'],
  ['a name with a line behind it', { name: 'a\n' }, 'input.name'],
  ['a name in another script', { name: 'том' }, 'input.name'],
  ['an empty project', { project: '' }, 'input.project'],
  ['a project in upper case', { project: 'P' }, 'input.project'],
  ['a project of 64 characters', { project: 'p'.repeat(64) }, 'input.project'],
  ['4 replicas', { replicas: 4 }, 'input.replicas'],
  ['0 replicas', { replicas: 0 }, 'input.replicas'],
  ['a fraction of a replica', { replicas: 1.5 }, 'input.replicas'],
  ['17 labels', { labels: labels(17) }, 'input.labels'],
  ['a label with a slash', { labels: { 'a/b': 'x' } }, 'input.labels'],
  ['a label without a value', { labels: { a: '' } }, 'input.labels'],
  ['an empty key', { idempotencyKey: '' }, 'input.idempotencyKey'],
  ['a key with a blank', { idempotencyKey: 'a b' }, 'input.idempotencyKey'],
  ['a key of 256 characters', { idempotencyKey: 'x'.repeat(256) }, 'input.idempotencyKey'],
])('createVolume refuses %s', async (_name, input, path) => {
  expect(await faultsOf(createVolume(input))).toEqual([path])
})

test.each<[name: string, input: Partial<CreateVolumeInput>]>([
  ['the smallest size', { sizeBytes: 4096n }],
  ['the largest size', { sizeBytes: 1n << 60n }],
  ['a name of 253 characters', { name: 'x'.repeat(253) }],
  ['3 replicas', { replicas: 3 }],
  ['16 labels', { labels: labels(16) }],
  ['a key of 255 characters', { idempotencyKey: '~'.repeat(255) }],
])('createVolume takes %s', async (_name, input) => {
  expect(await faultsOf(createVolume(input))).toEqual([])
})

test.each<[name: string, input: Partial<RegisterClusterInput>, path: string]>([
  ['an empty key', { idempotencyKey: '' }, 'input.idempotencyKey'],
  ['an empty name', { name: '' }, 'input.name'],
  ['a name of 254 characters', { name: 'x'.repeat(254) }, 'input.name'],
  ['a name with a slash', { name: 'a/b' }, 'input.name'],
  ['an unknown driver', { driver: 'tape' }, 'input.driver'],
  ['no endpoint', { endpoints: [] }, 'input.endpoints'],
  [
    '17 endpoints',
    { endpoints: Array.from({ length: 17 }, (_, number) => `https://h${number}`) },
    'input.endpoints',
  ],
  ['an endpoint that is no URL', { endpoints: ['10.0.0.1'] }, 'input.endpoints.0'],
  ['plain http', { endpoints: ['http://h'] }, 'input.endpoints.0'],
  ['another scheme', { endpoints: ['ftp://h'] }, 'input.endpoints.0'],
  ['an endpoint with a path', { endpoints: ['https://h/api'] }, 'input.endpoints.0'],
  ['an endpoint with a query', { endpoints: ['https://h?x'] }, 'input.endpoints.0'],
  ['an endpoint with a fragment', { endpoints: ['https://h#x'] }, 'input.endpoints.0'],
  ['an endpoint with a user', { endpoints: ['https://u@h'] }, 'input.endpoints.0'],
  ['an endpoint with a password', { endpoints: ['https://:p@h'] }, 'input.endpoints.0'],
  ['a second endpoint that is bad', { endpoints: ['https://h', 'nonsense'] }, 'input.endpoints.1'],
  ['a pin of 63 digits', { tls: pin(63) }, 'input.tls.certificateSha256'],
  ['a pin of 65 digits', { tls: pin(65) }, 'input.tls.certificateSha256'],
  ['an authority that is none', { tls: { mode: 'CA', caCertificatePem: 'x' } }, 'input.tls.caCertificatePem'],
  ['an empty token', { credential: { token: '' } }, 'input.credential.token'],
  ['a token with a line break', { credential: { token: 'a\nb' } }, 'input.credential.token'],
  ['a token that is too long', { credential: { token: 'x'.repeat(8193) } }, 'input.credential.token'],
  ['17 labels', { labels: labels(17) }, 'input.labels'],
])('registerCluster refuses %s', async (_name, input, path) => {
  expect(await faultsOf(register(input))).toEqual([path])
})

test.each<[name: string, input: Partial<RegisterClusterInput>]>([
  ['every kind of driver that is there', { driver: 'other' }],
  ['a pin of 64 digits', { tls: pin(64) }],
  ['a key pair', { credential: { keyPair: true } }],
  ['an IPv6 address', { endpoints: ['https://[::1]:8443'] }],
  ['16 labels', { labels: labels(16) }],
])('registerCluster takes %s', async (_name, input) => {
  expect(await faultsOf(register(input))).toEqual([])
})

test('all faults of a volume are told at once', async () => {
  const bad = { idempotencyKey: '', name: '', project: '', sizeBytes: 0n, replicas: 9, labels: { '': '' } }
  expect(await faultsOf(createVolume(bad))).toEqual([
    'input.idempotencyKey',
    'input.name',
    'input.project',
    'input.sizeBytes',
    'input.replicas',
    'input.labels',
    'input.labels',
  ])
})

test('all faults of a cluster are told at once', async () => {
  const bad: RegisterClusterInput = {
    idempotencyKey: '',
    name: 'a/b',
    driver: 'tape',
    endpoints: ['http://h', 'https://h/x', 'nonsense'],
    tls: pin(63),
    credential: { token: '' },
    labels: labels(17),
  }
  expect(await faultsOf(register(bad))).toEqual([
    'input.idempotencyKey',
    'input.name',
    'input.driver',
    'input.endpoints.0',
    'input.endpoints.1',
    'input.endpoints.2',
    'input.tls.certificateSha256',
    'input.credential.token',
    'input.labels',
  ])
})

test('a fault never repeats a secret', async () => {
  const outcome = await outcomeOf(
    register({ credential: { token: 'top secret' }, endpoints: ['https://user:hunter2@host'] }),
  )
  expect(JSON.stringify(outcome)).not.toMatch(/top secret|hunter2/)
})

test('all faults of a new snapshot are told at once', async () => {
  const snapshot = { idempotencyKey, volumeId, name: 'nightly', labels: {}, retentionSeconds: 1 }
  const take = (changes: object) => commands.createSnapshot({ ...snapshot, ...changes }, alice)
  expect(await faultsOf(take({}))).toEqual([])
  expect(await faultsOf(take({ retentionSeconds: undefined }))).toEqual([])
  expect(
    await faultsOf(take({ idempotencyKey: '', name: '', labels: labels(17), retentionSeconds: 0 })),
  ).toEqual(['input.idempotencyKey', 'input.name', 'input.labels', 'input.retentionSeconds'])
  expect(await faultsOf(take({ retentionSeconds: 2 ** 31 - 1 }))).toEqual(['input.retentionSeconds'])
})

test('all faults of a new snapshot schedule are told at once', async () => {
  const recurrence = { pattern: '0 3 * * *', timeZone: 'Europe/Berlin' }
  const schedule = { idempotencyKey, volumeId, name: 'nightly', labels: {}, recurrence, keepCount: 7 }
  const make = (changes: object) => commands.createSnapshotSchedule({ ...schedule, ...changes }, alice)
  expect(await faultsOf(make({}))).toEqual([])
  expect(await faultsOf(make({ keepCount: undefined, retentionSeconds: 60 }))).toEqual([])
  const bad = { everySeconds: 1, pattern: 'x', timeZone: 'x', startAt: new Date(0) }
  expect(
    await faultsOf(
      make({
        idempotencyKey: '',
        name: '',
        recurrence: bad,
        keepCount: 0,
        retentionSeconds: 0,
        labels: labels(17),
      }),
    ),
  ).toEqual([
    'input.idempotencyKey',
    'input.name',
    'input.recurrence',
    'input.recurrence.everySeconds',
    'input.recurrence.pattern',
    'input.recurrence.timeZone',
    'input.recurrence.startAt',
    'input.keepCount',
    'input.retentionSeconds',
    'input.labels',
  ])
  expect(await faultsOf(make({ keepCount: undefined }))).toEqual(['input.keepCount'])
  const change = (changes: object) =>
    commands.updateSnapshotSchedule({ id: toId('SnapshotSchedule', sampleUuid(1)), ...changes }, alice)
  expect(await faultsOf(change({}))).toEqual(['input'])
  expect(await faultsOf(change({ paused: true }))).toEqual([])
  expect(await faultsOf(change({ recurrence: {}, keepCount: 1_001 }))).toEqual([
    'input.recurrence',
    'input.keepCount',
  ])
})

test('all faults of a resize are told at once', async () => {
  expect(await faultsOf(resize({ idempotencyKey: '', sizeBytes: 4097n }))).toEqual([
    'input.idempotencyKey',
    'input.sizeBytes',
  ])
  expect(await faultsOf(resize({}))).toEqual([])
  expect(await faultsOf(resize({ sizeBytes: undefined, name: 'a b', labels: labels(17) }))).toEqual([
    'input.name',
    'input.labels',
  ])
  expect(await faultsOf(resize({ sizeBytes: undefined, force: true }))).toEqual(['input'])
})

test('all faults of an update are told at once; what is absent is not checked', async () => {
  const bad = { labels: labels(17), endpoints: [], tls: pin(63), credential: { token: '' } }
  expect(await faultsOf(commands.updateCluster({ id: sampleClusterId(1), ...bad }, alice))).toEqual([
    'input.labels',
    'input.endpoints',
    'input.tls.certificateSha256',
    'input.credential.token',
  ])
  const outcome = await outcomeOf(
    commands.updateCluster({ id: sampleClusterId(1), adminState: 'CORDONED' }, alice),
  )
  expect(outcome).toEqual({ wanted: { adminState: 'CORDONED' } satisfies Partial<Cluster> })
})

test('what destroys needs a key', async () => {
  const input = { idempotencyKey: '' }
  expect(await faultsOf(commands.deleteVolume({ ...input, id: volumeId }, alice))).toEqual([
    'input.idempotencyKey',
  ])
  expect(await faultsOf(commands.detachCluster({ ...input, id: sampleClusterId(1) }, alice))).toEqual([
    'input.idempotencyKey',
  ])
})

test('what a volume leaves open comes from the policy', async () => {
  const { replicas: _, compression: __, ...input } = goodVolume
  const { wanted } = (await outcomeOf(commands.createVolume(input, alice))) as { wanted: PlacementIntent }
  expect(wanted).toMatchObject({
    kind: 'CREATE',
    volume: { replicas: null, compression: null, sizeBytes: 4096n },
  })
})

test('endpoints are kept in one form', async () => {
  const { wanted } = (await outcomeOf(register({ endpoints: ['HTTPS://Host:443/', 'https://h:8443'] }))) as {
    wanted: NewCluster
  }
  expect(wanted.endpoints).toEqual(['https://host', 'https://h:8443'])
})

test('equal inputs have equal fingerprints, others other ones', async () => {
  const fingerprint = async (input: Partial<CreateVolumeInput>) => {
    const { wanted } = (await outcomeOf(createVolume(input))) as { wanted: PlacementIntent }
    return wanted.operation.inputFingerprint
  }
  const { name, ...rest } = goodVolume
  expect(await fingerprint({ ...rest, name })).toBe(await fingerprint({}))
  expect(await fingerprint({ sizeBytes: 8192n })).not.toBe(await fingerprint({}))
})

test('a preview leaves to the policy what is absent, and names every fault by its place in the list', async () => {
  await expect(
    commands.previewPlacement('gold', [{ project: 'p', sizeBytes: 4096n, group: 'db' }]),
  ).rejects.toEqual(
    new Accepted(['gold', [{ sizeBytes: 4096n, project: 'p', source: null, replicas: null, group: 'p/db' }]]),
  )
  await expect(
    commands.previewPlacement('gold', [
      { project: 'p', sizeBytes: 4096n },
      { project: 'p', sizeBytes: 0n, replicas: 4 },
    ]),
  ).rejects.toMatchObject({
    issues: [{ path: ['input', '1', 'sizeBytes'] }, { path: ['input', '1', 'replicas'] }],
  })
  await expect(commands.previewPlacement('gold', [])).rejects.toMatchObject({
    issues: [{ path: ['input'], allowed: '1 to 1000' }],
  })
})

test('every fault of a policy document is told with its path', async () => {
  const document = { name: 'gold', limits: { minFreeRatio: '2' }, defaults: { replicas: 9 } }
  expect(await faultsOf(commands.createPolicy({ idempotencyKey: 'a b', document }, alice))).toEqual([
    'input.idempotencyKey',
    'input.document.limits.minFreeRatio',
    'input.document.defaults.replicas',
  ])
  expect(await faultsOf(commands.updatePolicy({ document }, alice))).toHaveLength(2)
  expect(
    await faultsOf(commands.createPolicy({ idempotencyKey, document: { name: 'gold' } }, alice)),
  ).toEqual([])
})
