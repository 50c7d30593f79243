import assert from 'node:assert/strict'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { replaceVolume } from '../volumes/replace-volume.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import { assertLedger } from './assert-ledger.ts'
import type { TestDatabase } from './start-test-database.ts'
import {
  backendVolume,
  createIntent,
  GIB,
  growIntent,
  newOperation,
  type TestFleet,
  updateIntent,
} from './test-fleet.ts'

export const STEP_KINDS = [
  'PLACE',
  'GROW',
  'SHRINK',
  'DELETE',
  'ACT',
  'HOP',
  'SETTLE',
  'BEGIN_POLL',
  'FINISH_POLL',
] as const

/** One thing that somebody does; `pick` chooses among what there is to do it with. */
export interface Step {
  readonly kind: (typeof STEP_KINDS)[number]
  readonly pick: number
  readonly gib: number
  readonly replicas: number
  /** Whether the cluster refuses what it is asked. */
  readonly refuses: boolean
}

interface ModelVolume {
  readonly id: VolumeId
  clusterId: ClusterId
  readonly replicas: number
  /** As wanted; while it is to shrink, its former size, which stays promised. */
  sizeBytes: bigint
  shrinkToBytes: bigint | null
  state: 'CREATING' | 'AVAILABLE' | 'RESIZING' | 'DELETING' | 'GONE'
  /** Of it in the last inventory that was applied. */
  observedBytes: bigint
}

/** 80 GiB, so that some volumes fill a cluster. */
const FIGURES = { effectiveBytes: 80n * GIB, freeBytes: 80n * GIB }
const NO_SPACE = { code: 'NO_SPACE', message: 'is full' }

/**
 * Clusters that exist in memory only, and the books about them by hand: what the ledger in the database is held against
 * after each step. A worker's step and its settlement, a poll's reading and its writing, are steps of their own, so
 * that all else may come in between.
 */
export class LedgerModel {
  readonly #db: TestDatabase
  readonly #fleet: TestFleet
  readonly #volumes: ModelVolume[] = []
  /** What each cluster holds. */
  readonly #held = new Map<ClusterId, Map<VolumeId, BackendVolume>>()
  readonly #acted: { volume: ModelVolume; lease: VolumeLease; settlement: Settlement | 'HOP' }[] = []
  readonly #polls: { poll: BegunPoll; inventory: BackendVolume[] }[] = []

  constructor(db: TestDatabase, fleet: TestFleet) {
    this.#db = db
    this.#fleet = fleet
  }

  async addCluster(): Promise<void> {
    this.#held.set(await this.#fleet.addCluster(FIGURES), new Map())
  }

  /** Does nothing when there is nothing to do it with. */
  async take(step: Step): Promise<void> {
    const present = this.#volumes.filter(({ state }) => state !== 'GONE' && state !== 'DELETING')
    const available = present.filter(({ state }) => state === 'AVAILABLE')
    switch (step.kind) {
      case 'PLACE':
        return this.#place(step)
      case 'GROW':
        return this.#grow(pickOf(available, step), step)
      case 'SHRINK':
        return this.#shrink(pickOf(available, step), step)
      case 'DELETE':
        return this.#delete(pickOf(present, step))
      case 'ACT':
        return this.#act(pickOf(this.#atWork(), step), step.refuses)
      case 'HOP':
        return this.#refuseCreate(
          pickOf(
            this.#atWork().filter(({ state }) => state === 'CREATING'),
            step,
          ),
        )
      case 'SETTLE':
        return this.#settle(step.pick)
      case 'BEGIN_POLL':
        return this.#beginPoll(pickOf([...this.#held.keys()], step))
      case 'FINISH_POLL':
        return this.#finishPoll(step.pick)
    }
  }

  /** Lets everything that is under way come to its end, and every cluster be polled. */
  async comeToRest(): Promise<void> {
    while (this.#polls.length > 0) await this.#finishPoll(0)
    while (this.#acted.length > 0) await this.#settle(0)
    for (const volume of this.#atWork()) {
      await this.#act(volume, false)
      await this.#settle(0)
    }
    for (const clusterId of this.#held.keys()) {
      await this.#beginPoll(clusterId)
      await this.#finishPoll(0)
    }
  }

  /** @throws AssertionError when ledger and books differ */
  async check(): Promise<void> {
    await assertLedger(this.#db.database.pool)
    for (const [clusterId, held] of this.#held) {
      const { provisionedBytes, pendingBytes } = await this.#ledger(clusterId)
      const here = this.#volumes.filter((volume) => volume.clusterId === clusterId && volume.state !== 'GONE')
      const owed = sum(here.map((each) => max(0n, bytesOf(each) - each.observedBytes)))
      assert.equal(pendingBytes, owed, 'pending bytes')
      const onCluster = sum([...held.values()].map(bytesOf))
      assert.ok(provisionedBytes + pendingBytes >= onCluster, 'something on the cluster is not counted')
      assert.ok(onCluster * 4n <= 7n * FIGURES.effectiveBytes, 'the cluster is past its limit')
    }
  }

  /** @throws AssertionError unless nothing is pending and every cluster is counted to the byte */
  async checkAtRest(): Promise<void> {
    for (const [clusterId, held] of this.#held) {
      const { provisionedBytes, pendingBytes } = await this.#ledger(clusterId)
      const counted = { provisionedBytes, pendingBytes }
      assert.deepEqual(counted, { provisionedBytes: sum([...held.values()].map(bytesOf)), pendingBytes: 0n })
    }
  }

  #ledger(clusterId: ClusterId) {
    return this.#db.database.prisma.clusterCapacity.findUniqueOrThrow({ where: { clusterId } })
  }

  /** With work to do that nobody does. */
  #atWork(): ModelVolume[] {
    return this.#volumes.filter(
      (volume) =>
        volume.state !== 'AVAILABLE' &&
        volume.state !== 'GONE' &&
        this.#acted.every((each) => each.volume !== volume),
    )
  }

  async #place({ gib, replicas }: Step): Promise<void> {
    const placed = await placedOrNull(
      this.#fleet.place(createIntent({ sizeBytes: BigInt(gib) * GIB, replicas })),
    )
    if (!placed) return
    const { id, clusterId, sizeBytes } = placed.volume
    this.#volumes.push({
      id,
      clusterId,
      replicas,
      sizeBytes,
      shrinkToBytes: null,
      state: 'CREATING',
      observedBytes: 0n,
    })
  }

  async #grow(volume: ModelVolume | undefined, { gib }: Step): Promise<void> {
    if (!volume) return
    const sizeBytes = volume.sizeBytes + BigInt(gib) * GIB
    if (!(await placedOrNull(this.#fleet.update(growIntent(volume.id, sizeBytes))))) return
    Object.assign(volume, { sizeBytes, state: 'RESIZING' })
  }

  async #shrink(volume: ModelVolume | undefined, { gib }: Step): Promise<void> {
    const sizeBytes = (volume?.sizeBytes ?? 0n) - BigInt(gib) * GIB
    if (!volume || sizeBytes <= 0n) return
    await this.#fleet.update(updateIntent(volume.id, { sizeBytes, force: true }))
    Object.assign(volume, { shrinkToBytes: sizeBytes, state: 'RESIZING' })
  }

  async #delete(volume: ModelVolume | undefined): Promise<void> {
    if (!volume) return
    const store = createVolumeStore(this.#db.database, this.#db.bus)
    await store.requestDeletion(volume.id, newOperation(), null, false)
    volume.state = 'DELETING'
  }

  async #act(volume: ModelVolume | undefined, refuses: boolean): Promise<void> {
    if (!volume) return
    const lease = await this.#fleet.lease(volume.id)
    const held = this.#held.get(volume.clusterId)
    const present = held?.get(volume.id)
    if (volume.state === 'DELETING') {
      held?.delete(volume.id)
      this.#acted.push({ volume, lease, settlement: { kind: 'ABSENT' } })
    } else if (refuses && present) {
      this.#acted.push({
        volume,
        lease,
        settlement: { kind: 'CHANGE_REFUSED', backend: present, error: NO_SPACE, propertiesTaken: false },
      })
    } else if (refuses) {
      this.#acted.push({ volume, lease, settlement: { kind: 'GIVEN_UP', error: NO_SPACE } })
    } else {
      const backend = backendVolume({ ...volume, sizeBytes: volume.shrinkToBytes ?? volume.sizeBytes })
      held?.set(volume.id, backend)
      this.#acted.push({ volume, lease, settlement: { kind: 'PRESENT', backend } })
    }
  }

  /** Its cluster has it not, and will not. */
  async #refuseCreate(volume: ModelVolume | undefined): Promise<void> {
    if (!volume) return
    this.#acted.push({ volume, lease: await this.#fleet.lease(volume.id), settlement: 'HOP' })
  }

  /** Given up where no other cluster qualifies. */
  async #hop(volume: ModelVolume, lease: VolumeLease): Promise<void> {
    const { database } = this.#db
    const outcome = await replaceVolume(database, this.#fleet.policies, lease, NO_SPACE)
    assert.equal(outcome === 'CHANGED', volume.state !== 'CREATING')
    if (outcome === 'NOWHERE') volume.state = 'GONE'
    else if (outcome === 'REPLACED') {
      const { clusterId } = await database.prisma.volume.findUniqueOrThrow({ where: { id: volume.id } })
      assert.notEqual(clusterId, volume.clusterId)
      Object.assign(volume, { clusterId, observedBytes: 0n })
    }
  }

  async #settle(pick: number): Promise<void> {
    const [next] = this.#acted.splice(pick % Math.max(1, this.#acted.length), 1)
    if (!next) return
    const { volume, lease, settlement } = next
    if (settlement === 'HOP') return this.#hop(volume, lease)
    const outcome = await this.#fleet.settle(lease, settlement)
    // Its deletion may have been asked for in between; then it is to be looked at again.
    assert.equal(outcome, volume.state === lease.state ? 'SETTLED' : 'CHANGED')
    if (outcome === 'CHANGED') return
    if (settlement.kind === 'CHANGE_REFUSED') volume.sizeBytes = settlement.backend.sizeBytes
    else volume.sizeBytes = volume.shrinkToBytes ?? volume.sizeBytes
    volume.shrinkToBytes = null
    const isGone = settlement.kind === 'ABSENT' || settlement.kind === 'GIVEN_UP'
    volume.state = isGone ? 'GONE' : 'AVAILABLE'
  }

  async #beginPoll(clusterId: ClusterId | undefined): Promise<void> {
    if (!clusterId) return
    const poll = await this.#fleet.beginPoll(clusterId)
    this.#polls.push({ poll, inventory: [...(this.#held.get(clusterId)?.values() ?? [])] })
  }

  /** The report is newer than the inventory, as it is read after it. */
  async #finishPoll(pick: number): Promise<void> {
    const [next] = this.#polls.splice(pick % Math.max(1, this.#polls.length), 1)
    if (!next) return
    const { poll, inventory } = next
    const reported = sum([...(this.#held.get(poll.clusterId)?.values() ?? [])].map(bytesOf))
    const applied = await this.#fleet.finishPoll(poll, inventory, { ...FIGURES, provisionedBytes: reported })
    if (applied.outcome !== 'APPLIED') return
    const seen = new Map(inventory.map((each) => [each.name, bytesOf(each)]))
    for (const volume of this.#volumes.filter(({ clusterId }) => clusterId === poll.clusterId)) {
      volume.observedBytes = seen.get(backendVolume(volume).name) ?? 0n
    }
  }
}

/** Null when no cluster has room; other errors are thrown. */
async function placedOrNull<T>(placing: Promise<T>): Promise<T | null> {
  try {
    return await placing
  } catch (error) {
    if ((error as { code?: string }).code === 'NO_FEASIBLE_CLUSTER') return null
    throw error
  }
}

function pickOf<T>(items: readonly T[], { pick }: Step): T | undefined {
  return items[pick % Math.max(1, items.length)]
}

function bytesOf({ sizeBytes, replicas }: { sizeBytes: bigint; replicas: number }): bigint {
  return sizeBytes * BigInt(replicas)
}

function sum(bytes: readonly bigint[]): bigint {
  return bytes.reduce((total, each) => total + each, 0n)
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
