import { createHash } from 'node:crypto'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type {
  CreateIntent,
  UpdateIntent,
  WantedCreate,
  WantedPlacement,
} from '@flotilla/core/placement/placement-intent'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { ClusterStore } from '@flotilla/core/ports/cluster-store'
import type { Placed, Updated } from '@flotilla/core/ports/placement-ledger'
import type { SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { backendNameOf } from '@flotilla/core/volumes/backend-name'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import { createClusterStore } from '../clusters/cluster-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { type BatchAnswer, placeBatch } from '../placement/place-batch.ts'
import { createPolicyCache, type PolicyCache } from '../policies/policy-cache.ts'
import type { AppliedObservation } from '../polling/apply-observation.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { createPollStore, type PollStore } from '../polling/poll-store.ts'
import { createServiceKeyStore } from '../secrets/service-key-store.ts'
import { createVault } from '../secrets/vault.ts'
import { createReconcileStore } from '../volumes/reconcile-store.ts'
import type { TestDatabase } from './start-test-database.ts'

export const GIB = 1n << 30n
export const TIB = 1n << 40n

const POLL_INTERVAL_MS = 15_000
/** How long a cluster that is lost again and again has to answer. */
export const STEADY_MS = 10 * POLL_INTERVAL_MS
const NEXT_LOOKS = {
  pollInMs: POLL_INTERVAL_MS,
  inventoryInMs: 20 * POLL_INTERVAL_MS,
  steadyMs: STEADY_MS,
}

type Statistics = Partial<Omit<ClusterStatistics, 'identity'>> & {
  readonly backendId?: string
  /** Of ours, which the cluster accepted. */
  readonly acceptedKeyId?: string
  /** Of a poll without one. */
  readonly isInventoryOwed?: boolean
}

/** What the tests of the stores do over and over, by the stores' own means. */
export interface TestFleet {
  readonly policies: PolicyCache
  readonly clusters: ClusterStore
  readonly polls: PollStore
  /** A member of 10 TiB, polled once and found empty. */
  addCluster(statistics?: Statistics): Promise<ClusterId>
  register(name?: string): Promise<ClusterId>
  beginPoll(id: ClusterId): Promise<BegunPoll>
  /** A whole poll, begun now; `null` for one without inventory. */
  observe(
    id: ClusterId,
    inventory: readonly BackendVolume[] | null,
    statistics?: Statistics,
    snapshots?: readonly BackendSnapshot[],
    foreignSnapshots?: ReadonlyMap<string, number>,
  ): Promise<AppliedObservation>
  /** The end of a poll that was begun before. */
  finishPoll(
    poll: BegunPoll,
    inventory: readonly BackendVolume[] | null,
    statistics?: Statistics,
    snapshots?: readonly BackendSnapshot[],
    foreignSnapshots?: ReadonlyMap<string, number>,
  ): Promise<AppliedObservation>
  place(wanted: WantedCreate): Promise<Placed>
  update(wanted: UpdateIntent): Promise<Updated>
  /** Places a volume and has it created: AVAILABLE, not yet seen by any poll. */
  addVolume(volume?: Partial<CreateIntent['volume']>): Promise<Placed['volume']>
  /** @throws when the volume is at rest or taken */
  lease(id: VolumeId): Promise<VolumeLease>
  settle(lease: VolumeLease, settlement: Settlement): Promise<SettleOutcome>
}

export function createTestFleet({ database, bus }: TestDatabase): TestFleet {
  const policies = createPolicyCache()
  const vault = createVault([Buffer.alloc(32, 7).toString('base64')])
  const serviceKeys = createServiceKeyStore(database, vault)
  const clusters = createClusterStore(database, vault, bus)
  const polls = createPollStore(database, vault, serviceKeys)
  const reconciles = createReconcileStore(database, vault, serviceKeys, policies)

  const batchOfOne = async (wanted: WantedPlacement, policyName: string): Promise<BatchAnswer> => {
    const [answer] = await placeBatch(database, policies, policyName, [wanted])
    if (answer?.kind === 'REFUSED') throw answer.error
    if (!answer || answer.kind === 'REPLAYED') throw new Error('was answered from an earlier request')
    return answer
  }
  const fleet: TestFleet = {
    policies,
    clusters,
    polls,

    async register(name) {
      const id = uuidIds.next('Cluster')
      const cluster = {
        id,
        name: name ?? id,
        driver: 'lightos',
        endpoints: ['https://127.0.0.1:1'],
        tls: { mode: 'SYSTEM' } as const,
        credential: { token: 'secret' },
        labels: {},
      }
      await clusters.register(cluster, newOperation())
      return id
    },

    async addCluster(statistics) {
      const id = await fleet.register()
      await fleet.observe(id, [], statistics)
      return id
    },

    async beginPoll(id) {
      const poll = await polls.begin(id, POLL_INTERVAL_MS, false)
      if (!poll) throw new Error(`${id} is not in the fleet`)
      return poll
    },

    async observe(id, inventory, ...rest) {
      return fleet.finishPoll(await fleet.beginPoll(id), inventory, ...rest)
    },

    finishPoll(poll, inventory, statistics = {}, snapshots = [], foreignSnapshots = new Map()) {
      const observation = {
        statistics: toStatistics(poll.clusterId, inventory, statistics),
        acceptedKeyId: statistics.acceptedKeyId ?? null,
        isInventoryOwed: statistics.isInventoryOwed ?? false,
        inventory: inventory && {
          volumes: inventory,
          snapshots,
          foreignSnapshots,
          sources: new Map(snapshots.map(({ backendId, volumeId }) => [backendId, volumeId])),
          further: { count: 0, provisionedBytes: 0n, clones: new Map() },
        },
      }
      return polls.apply(poll, observation, NEXT_LOOKS)
    },

    async place(wanted) {
      const answer = await batchOfOne(wanted, wanted.policyName)
      if (answer.kind !== 'PLACED') throw new Error('was not placed')
      return answer.placed
    },
    async update(wanted) {
      const answer = await batchOfOne(wanted, DEFAULT_POLICY_NAME)
      if (answer.kind !== 'UPDATED') throw new Error('was not updated')
      return answer.updated
    },
    async addVolume(volume) {
      const placed = await fleet.place(createIntent(volume))
      const lease = await fleet.lease(placed.volume.id)
      await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(placed.volume) })
      return placed.volume
    },

    async lease(id) {
      const lease = await reconciles.lease(id)
      if (!lease) throw new Error(`${id} is at rest or taken`)
      return lease
    },

    settle: (lease, settlement) => reconciles.settle(lease, settlement),
  }
  return fleet
}

/** With a key and a fingerprint that nothing else has. */
export function newOperation(overrides: Partial<NewOperation> = {}): NewOperation {
  const id = uuidIds.next('Operation')
  return { id, actor: 'tester', idempotencyKey: id, inputFingerprint: digest(id), ...overrides }
}

/** A new volume of 1 GiB in two replicas. */
export function createIntent(
  volume: Partial<CreateIntent['volume']> = {},
  operation?: Partial<NewOperation>,
): CreateIntent {
  const id = volume.id ?? uuidIds.next('Volume')
  return {
    kind: 'CREATE',
    operation: newOperation(operation),
    decisionId: uuidIds.next('PlacementDecision'),
    policyName: DEFAULT_POLICY_NAME,
    volume: {
      id,
      project: 'project',
      name: id,
      sizeBytes: GIB,
      replicas: 2,
      compression: false,
      qosPolicy: null,
      labels: {},
      group: null,
      source: null,
      ...volume,
    },
  }
}

export function growIntent(volumeId: VolumeId, sizeBytes: bigint): UpdateIntent {
  return updateIntent(volumeId, { sizeBytes })
}

export function updateIntent(
  volumeId: VolumeId,
  {
    name = null,
    compression = null,
    qosPolicy,
    labels = null,
    ...wanted
  }: Partial<UpdateIntent & UpdateIntent['changes']>,
): UpdateIntent {
  return {
    kind: 'UPDATE',
    operation: newOperation(),
    decisionId: uuidIds.next('PlacementDecision'),
    volumeId,
    sizeBytes: null,
    force: false,
    expectedRevision: null,
    changes: { name, compression, labels, ...(qosPolicy !== undefined && { qosPolicy }) },
    ...wanted,
  }
}

/** One of our volumes as its cluster holds it. */
export function backendVolume(
  volume: { readonly id: VolumeId; readonly sizeBytes: bigint; readonly replicas: number },
  overrides: Partial<BackendVolume> = {},
): BackendVolume {
  return foreignVolume(backendNameOf(volume.id), {
    sizeBytes: volume.sizeBytes,
    replicas: volume.replicas,
    ...overrides,
  })
}

/** Somebody else's volume, 1 GiB in two replicas. */
export function foreignVolume(name: string, overrides: Partial<BackendVolume> = {}): BackendVolume {
  return {
    backendId: `backend-${name}`,
    name,
    project: 'default',
    sizeBytes: GIB,
    replicas: 2,
    state: 'AVAILABLE',
    protection: 'FullyProtected',
    access: { hostNqns: [], addresses: 'ANY' },
    sourceSnapshotId: null,
    compression: false,
    qosPolicy: null,
    labels: {},
    etag: null,
    ...overrides,
  }
}

function toStatistics(
  id: ClusterId,
  inventory: readonly BackendVolume[] | null,
  { backendId, acceptedKeyId: _key, isInventoryOwed: _owed, ...statistics }: Statistics,
): ClusterStatistics {
  const sum = (inventory ?? []).reduce((bytes, each) => bytes + each.sizeBytes * BigInt(each.replicas), 0n)
  return {
    identity: { backendId: backendId ?? `backend-${id}`, name: null, version: '3.1.0', endpoints: [] },
    effectiveBytes: 10n * TIB,
    usedBytes: 0n,
    freeBytes: 10n * TIB,
    provisionedBytes: sum,
    maxReplicas: 3,
    health: 'OK',
    healthMessage: null,
    nodes: [],
    dataPath: null,
    ...statistics,
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
