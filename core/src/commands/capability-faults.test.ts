import { expect, test } from 'vitest'
import { CLUSTER_KINDS } from '../clusters/cluster-kinds.ts'
import type { DriverCapabilities } from '../clusters/driver-capabilities.ts'
import type { HostId, SnapshotId } from '../identity/ids.ts'
import { toId } from '../identity/ids.ts'
import type { FleetCommands } from '../ports/fleet-commands.ts'
import { sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { sampleVolume } from '../testing/sample-volume.ts'
import { ASKED, capabilityFaults } from './capability-faults.ts'
import { type CommandPorts, createFleetCommands } from './fleet-command-service.ts'

/** A kind whose clusters can do nothing that is asked for here. */
const PLAIN: DriverCapabilities = {
  snapshots: false,
  clones: false,
  qos: false,
  hostAccess: 'NONE',
  replicas: 'PER_POOL',
  maxReplicas: 1,
  sizeGranularityBytes: 4096n,
}

const plain = sampleVolume({ id: sampleVolumeId(1) })
const able = sampleVolume({ id: sampleVolumeId(2) })
const ofPlain: SnapshotId = `snp_${sampleUuid(1)}`
const hostId: HostId = `hst_${sampleUuid(1)}`

/** Thrown by every store: nothing speaks against what is asked. */
const ACCEPTED = new Error('accepted')
const accept = () => Promise.reject(ACCEPTED)
const store = () => new Proxy({}, { get: () => accept })

const commands = createFleetCommands({
  ids: { next: (type: 'Operation') => toId(type, sampleUuid(1)) },
  digest: (text: string) => text,
  kinds: new Map([...CLUSTER_KINDS, ['plain', PLAIN]]),
  clusters: {
    kindsOf: async () =>
      new Map([
        [plain.id, 'plain'],
        [ofPlain, 'plain'],
        [able.id, 'lightos'],
      ]),
  },
  volumes: store(),
  snapshots: store(),
  schedules: store(),
  hosts: store(),
  ledger: { place: accept, update: accept, preview: accept, previewUpdates: async () => [null, null] },
  jobs: {},
  bulks: {
    select: async () => [plain, able],
    dependents: async () => new Map(),
    snapshotNameHolders: async () => new Map(),
    attachedHosts: async () => new Map(),
    hosts: async () => [{ id: hostId, nqn: 'nqn.2019-09.com.example:h', addresses: [] }],
  },
} as unknown as CommandPorts)

const alice = { name: 'alice' }
const idempotencyKey = 'key'
const named = { idempotencyKey, project: 'p', name: 'v', policy: 'gold', labels: {} }
const schedule = { idempotencyKey, name: 's', labels: {}, keepCount: 1 }

type Id = typeof plain.id
const volumeCases: readonly (readonly [name: string, ask: (id: Id) => Promise<unknown>, field: string])[] = [
  [
    'a snapshot',
    (volumeId) => commands.createSnapshot({ idempotencyKey, volumeId, name: 's', labels: {} }, alice),
    'volumeId',
  ],
  [
    'a schedule',
    (volumeId) =>
      commands.createSnapshotSchedule({ ...schedule, volumeId, recurrence: { everySeconds: 3600 } }, alice),
    'volumeId',
  ],
  ['a restoration', (id) => commands.restoreVolume({ idempotencyKey, id, snapshotId: ofPlain }, alice), 'id'],
  ['a cascade', (id) => commands.deleteVolume({ idempotencyKey, id, cascade: true }, alice), 'cascade'],
  [
    'a clone',
    (volumeId) => commands.createVolume({ ...named, source: { volumeId } }, alice),
    'source.volumeId',
  ],
  [
    'a clone that is looked at',
    (volumeId) => commands.previewPlacement('gold', [{ project: 'p', source: { volumeId } }]),
    '0.source.volumeId',
  ],
  [
    'a QoS policy',
    (id) => commands.updateVolume({ idempotencyKey, id, qosPolicy: 'fast' }, alice),
    'qosPolicy',
  ],
  [
    'an attachment',
    (id) => commands.attachVolume({ idempotencyKey, id, hostIds: [hostId], mode: 'SHARED' }, alice),
    'id',
  ],
]

test.each(volumeCases)('%s is refused where the cluster cannot, by its field', async (_name, ask, field) => {
  await expect(ask(plain.id)).rejects.toMatchObject({
    issues: [
      {
        path: ['input', ...field.split('.')],
        message: expect.stringContaining(`${plain.id} is on a cluster of kind "plain", which `),
        allowed: expect.stringContaining('what is on a cluster of kind lightos'),
      },
    ],
  })
  await expect(ask(able.id)).rejects.toBe(ACCEPTED)
})

test('a clone of a snapshot is refused by its own field', async () => {
  const clone = commands.createVolume({ ...named, source: { snapshotId: ofPlain } }, alice)
  await expect(clone).rejects.toMatchObject({ path: ['input', 'source', 'snapshotId'] })
})

test.each([
  ['a deletion without its snapshots', () => commands.deleteVolume({ idempotencyKey, id: plain.id }, alice)],
  ['another size', () => commands.updateVolume({ idempotencyKey, id: plain.id, sizeBytes: 8192n }, alice)],
])('%s needs nothing of the kind', async (_name, ask) => {
  await expect(ask()).rejects.toBe(ACCEPTED)
})

const bulk = { idempotencyKey, selection: { ids: [plain.id, able.id] }, maxItems: 2, dryRun: true }
const bulkCases: readonly (readonly [string, () => ReturnType<FleetCommands['bulkDeleteVolumes']>])[] = [
  ['deletions', () => commands.bulkDeleteVolumes({ ...bulk, cascade: true, force: false }, alice)],
  ['QoS policies', () => commands.bulkUpdateVolumes({ ...bulk, force: false, qosPolicy: 'fast' }, alice)],
  ['snapshots', () => commands.bulkCreateSnapshots({ ...bulk, name: 's', labels: {} }, alice)],
  [
    'attachments',
    () => commands.bulkAttachVolumes({ ...bulk, hostIds: [hostId], mode: 'SHARED', force: false }, alice),
  ],
]

test.each(bulkCases)('the plan of %s names the volumes that cannot', async (_name, ask) => {
  const answer = await ask()
  const items = 'plan' in answer ? answer.plan.items : []
  expect(items.map(({ volume, blockedBy }) => [volume.id, blockedBy?.code ?? null])).toEqual([
    [plain.id, 'INVALID_INPUT'],
    [able.id, null],
  ])
})

test('what else would be accepted is named, and nothing where no kind can', async () => {
  const clusters = { kindsOf: async () => new Map([[plain.id, 'plain']]) }
  const kinds = new Map([['plain', PLAIN]])
  const allowed = async (asked: Parameters<typeof capabilityFaults>[2]) =>
    (await capabilityFaults({ kinds, clusters }, [plain.id], asked)).get(plain.id)?.issues[0]?.allowed
  expect(await allowed(ASKED.cascade)).toBe('false')
  expect(await allowed(ASKED.attachment)).toBe('nothing: no kind can')
})

test('nobody is asked while every kind can, and a kind of another release is left to its driver', async () => {
  const kinds = CLUSTER_KINDS
  expect(
    await capabilityFaults({ kinds, clusters: { kindsOf: accept } }, [plain.id], ASKED.snapshot),
  ).toEqual(new Map())
  const clusters = { kindsOf: async () => new Map([[plain.id, 'newer']]) }
  const both = new Map([...CLUSTER_KINDS, ['plain', PLAIN]] as const)
  expect(await capabilityFaults({ kinds: both, clusters }, [plain.id], ASKED.snapshot)).toEqual(new Map())
})
