import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { WantedPlacement } from '@flotilla/core/placement/placement-intent'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type { AccessRow } from '@flotilla/prisma/clusters/cluster-access'
import { placeBatch } from '@flotilla/prisma/placement/place-batch'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { applyObservation } from '@flotilla/prisma/polling/apply-observation'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { type PollFailure, recordPollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { createTestFleet, newOperation, type TestFleet } from '@flotilla/prisma/testing/test-fleet'
import { leaseVolume } from '@flotilla/prisma/volumes/lease-volumes'
import { replaceVolume } from '@flotilla/prisma/volumes/replace-volume'
import { settleLease } from '@flotilla/prisma/volumes/settle-lease'
import { isOrdinary, settleTogether } from '@flotilla/prisma/volumes/settle-together'
import { createVolumeStore } from '@flotilla/prisma/volumes/volume-store'
import { beginReplace, lease, settle } from './memory-leases.ts'
import { beginBatch, requestDeletion } from './memory-placement.ts'
import { applyPoll, beginPolls, failPoll } from './memory-polls.ts'
import { MemoryRecords } from './memory-records.ts'

/** What PostgreSQL answered and what memory did; to be the same. */
export type Pair<T> = readonly [postgres: T, memory: T]

const NEXT_POLL_MS = 15_000
const NEXT_INVENTORY_MS = 60_000
/** None is watched for being lost again and again: the records in memory do not know of it. */
const NEXT_LOOKS = { pollInMs: NEXT_POLL_MS, inventoryInMs: NEXT_INVENTORY_MS, steadyMs: 0 }
const REFUSAL = { code: 'NO_SPACE', message: 'is full' }
export const TIMED_OUT = { outcome: 'UNAVAILABLE', reason: 'TIMEOUT', message: 'did not answer' } as const
export const WRONG_CLUSTER = { ...TIMED_OUT, reason: 'WRONG_CLUSTER', message: 'leads to another' } as const

/** Each call made to PostgreSQL's stores and to those in memory, one after the other. */
export class BothStores {
  readonly records: MemoryRecords
  readonly #db: TestDatabase
  readonly #fleet: TestFleet
  readonly #policies = createPolicyCache()

  constructor(db: TestDatabase, policy: PlacementPolicy) {
    this.#db = db
    this.#fleet = createTestFleet(db)
    this.records = new MemoryRecords(policy, Date.now)
  }

  async addCluster(): Promise<ClusterId> {
    const id = await this.#fleet.register()
    this.records.addCluster(id)
    return id
  }

  /** Its clusters take part in nothing any more. */
  async end(): Promise<void> {
    await this.#db.database.pool.query(
      'UPDATE cluster SET detached_at = clock_timestamp() WHERE detached_at IS NULL',
    )
  }

  async place(wanted: WantedPlacement): Promise<Pair<string>> {
    const [answer] = await placeBatch(this.#db.database, this.#policies, 'default', [wanted])
    const [outcome] = beginBatch(this.records, [wanted])() ?? []
    const refusalOf = (error: Error | undefined) => `REFUSED ${error && 'code' in error ? error.code : ''}`
    const inPostgres = answer?.kind === 'REFUSED' ? refusalOf(answer.error) : answer?.kind
    const inMemory = outcome?.kind === 'REFUSED' ? refusalOf(outcome.error) : outcome?.kind
    return [inPostgres ?? '', inMemory === 'CREATED' ? 'PLACED' : (inMemory ?? '')]
  }

  async requestDeletion(id: VolumeId): Promise<Pair<string>> {
    const operation = newOperation()
    const store = createVolumeStore(this.#db.database, this.#db.bus)
    const inPostgres = store.requestDeletion(id, operation, null, false).then(() => 'DONE', refusalCode)
    const inMemory = async () => requestDeletion(this.records, id, operation)
    return [await inPostgres, await inMemory().then(() => 'DONE', refusalCode)]
  }

  async lease(id: VolumeId): Promise<Pair<VolumeLease | null>> {
    const openAccess = (_row: AccessRow) => Promise.reject(new Error('no cluster is asked here'))
    return [await leaseVolume(this.#db.database.pool, openAccess, id), lease(this.records, id)]
  }

  /** @param together as the worker settles ordinary successes */
  async settle(
    [own, twin]: Pair<VolumeLease>,
    settlement: Settlement,
    together: boolean,
  ): Promise<Pair<string>> {
    const { database } = this.#db
    const settled = { lease: own, settlement }
    const gathered = together && isOrdinary(settled) ? await settleTogether(database, [settled]) : new Set()
    const inPostgres = gathered.has(own.volumeId) ? 'SETTLED' : await settleLease(database, own, settlement)
    return [inPostgres, settle(this.records, twin, settlement)]
  }

  async replace([own, twin]: Pair<VolumeLease>): Promise<Pair<string>> {
    const inPostgres = await replaceVolume(this.#db.database, this.#policies, own, REFUSAL)
    return [inPostgres, beginReplace(this.records, twin, REFUSAL)() ?? 'STALE']
  }

  async beginPoll(id: ClusterId, readsInventory: boolean): Promise<Pair<BegunPoll>> {
    const own = await this.#fleet.polls.begin(id, NEXT_POLL_MS, readsInventory)
    const [twin] = beginPolls(this.records, NEXT_POLL_MS, (row) => row.id === id, readsInventory)
    if (!own || !twin) throw new Error(`${id} is not in both`)
    return [own, twin]
  }

  /** @param reportedBytes what the cluster says that it has */
  async applyPoll(
    [own, twin]: Pair<BegunPoll>,
    inventory: readonly BackendVolume[] | null,
    isInventoryOwed: boolean,
    effectiveBytes: bigint,
    reportedBytes: bigint,
  ): Promise<Pair<unknown>> {
    const statistics = {
      identity: { backendId: `backend-${own.clusterId}`, name: null, version: '3.1.0', endpoints: [] },
      ...{ effectiveBytes, usedBytes: 0n, freeBytes: effectiveBytes, provisionedBytes: reportedBytes },
      ...{ maxReplicas: 3, health: 'OK' as const, healthMessage: null, nodes: [], dataPath: null },
    }
    const further = { count: 0, provisionedBytes: 0n, clones: new Map() }
    const rest = { snapshots: [], foreignSnapshots: new Map(), sources: new Map(), further }
    const observation = {
      statistics,
      acceptedKeyId: null,
      isInventoryOwed,
      inventory: inventory && { volumes: inventory, ...rest },
    }
    const { database } = this.#db
    const inPostgres = await applyObservation(database, own, observation, NEXT_LOOKS)
    return [
      toOutcome(inPostgres),
      toOutcome(applyPoll(this.records, twin, observation, NEXT_POLL_MS, NEXT_INVENTORY_MS)),
    ]
  }

  async failPoll([own, twin]: Pair<BegunPoll>, failure: PollFailure): Promise<void> {
    await recordPollFailure(this.#db.database, own, failure, NEXT_POLL_MS, NEXT_LOOKS.steadyMs)
    failPoll(this.records, twin, failure, NEXT_POLL_MS)
  }

  /** The lease of a worker that was killed has run out. */
  async expireLease(id: VolumeId): Promise<void> {
    await this.#db.database.pool.query(
      `UPDATE volume SET leased_until = clock_timestamp() - interval '1 s' WHERE id = $1 AND leased_until IS NOT NULL`,
      [id],
    )
    const row = this.records.volume(id)
    if (row.leasedUntilMs !== null)
      this.records.volumes.set(id, { ...row, leasedUntilMs: Date.now() - 1_000 })
  }

  /** Everything that decisions are made of, in one form. */
  async states(): Promise<Pair<unknown>> {
    const { pool } = this.#db.database
    const clusterIds = [[...this.records.clusters.keys()]]
    const volumeIds = [[...this.records.volumes.keys()]]
    const [volumes, clusters, operations] = await Promise.all([
      pool.query(
        `SELECT id, state, size_bytes::text AS size, shrink_to_bytes::text AS shrink, cluster_id AS cluster, observed_bytes::text AS observed,
                lease_number::text AS lease, leased_until IS NOT NULL AS "isLeased", create_unknown_at IS NOT NULL AS "isUnknown", change_asked_at IS NOT NULL AS "isAsked", change_taken AS "isTaken",
                backend_id AS backend, former_properties AS former, labels, acknowledged_at IS NOT NULL AS "isAcknowledged"
         FROM volume WHERE cluster_id = ANY ($1) ORDER BY id`,
        clusterIds,
      ),
      pool.query(
        `SELECT id, connection, poll_failures AS failures, poll_sequence::text AS polls, provisioned_bytes::text AS provisioned,
                pending_bytes::text AS pending, reported_bytes::text AS reported, mismatched_polls AS mismatched, volume_count AS volumes,
                foreign_volume_count AS foreign, sequence::text AS sequence, ended_sequence::text AS ended, inventory_due_at <= clock_timestamp() AS "isDue"
         FROM cluster LEFT JOIN cluster_capacity ON cluster_id = id WHERE id = ANY ($1) ORDER BY id`,
        clusterIds,
      ),
      pool.query(
        'SELECT id, state, attempt_count AS attempts FROM operation WHERE volume_id = ANY ($1) ORDER BY id',
        volumeIds,
      ),
    ])
    const inPostgres = { volumes: volumes.rows, clusters: clusters.rows, operations: operations.rows }
    return [inPostgres, this.#statesInMemory()]
  }

  #statesInMemory() {
    const { volumes, clusters, capacities, operations } = this.records
    return {
      volumes: inOrder(volumes.values()).map((row) => ({
        id: row.id,
        state: row.state,
        size: String(row.sizeBytes),
        shrink: row.shrinkToBytes === null ? null : String(row.shrinkToBytes),
        cluster: row.clusterId,
        observed: String(row.observedBytes),
        lease: String(row.leaseNumber),
        isLeased: row.leasedUntilMs !== null,
        isUnknown: row.createUnknownAtMs !== null,
        isAsked: row.changeAskedAtMs !== null,
        isTaken: row.changeTaken,
        backend: row.backendId,
        former: row.formerProperties,
        labels: row.labels,
        isAcknowledged: row.acknowledgedAtMs !== null,
      })),
      clusters: inOrder(clusters.values()).map((row) => {
        const capacity = capacities.get(row.id)
        return {
          id: row.id,
          connection: row.connection,
          failures: row.pollFailures,
          polls: String(row.pollSequence),
          provisioned: text(capacity?.provisionedBytes),
          pending: text(capacity?.pendingBytes),
          reported: text(capacity?.reportedBytes),
          mismatched: capacity?.mismatchedPolls ?? null,
          volumes: capacity?.volumeCount ?? null,
          foreign: capacity?.foreignVolumeCount ?? null,
          sequence: text(capacity?.sequence),
          ended: String(row.endedSequence),
          isDue: row.inventoryDueAtMs <= Date.now(),
        }
      }),
      operations: inOrder(operations.values()).map((row) => ({
        id: row.id,
        state: row.state,
        attempts: row.attemptCount,
      })),
    }
  }
}

function toOutcome({ outcome, leftovers, strays, seen }: Awaited<ReturnType<typeof applyObservation>>) {
  return {
    outcome,
    leftovers: leftovers.toSorted(),
    strays: strays.toSorted(),
    ours: seen ? [...seen.ours.keys()].sort() : null,
    foreign: seen ? seen.foreign.map(({ name }) => name).sort() : null,
  }
}

function refusalCode(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  throw error
}

function text(count: bigint | undefined): string | null {
  return count === undefined ? null : String(count)
}

function inOrder<T extends { readonly id: string }>(rows: Iterable<T>): T[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
}
