import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { startTestDatabase, type TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import {
  backendVolume,
  createIntent,
  foreignVolume,
  GIB,
  updateIntent,
} from '@flotilla/prisma/testing/test-fleet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BothStores, type Pair, TIMED_OUT, WRONG_CLUSTER } from './both-stores.ts'
import { Chance } from './chance.ts'

const SEQUENCES = 100
const STEPS = 24
const CLUSTERS = 2
const EFFECTIVE_BYTES = 40n * GIB
/** Times on record have whole milliseconds; what comes after one another shall be seen to. */
const APART_MS = 2

let db: TestDatabase
let policy: PlacementPolicy

beforeAll(async () => {
  db = await startTestDatabase()
  const client = await db.database.pool.connect()
  const found = await createPolicyCache().readCurrent(client, 'default')
  client.release()
  if (!found) throw new Error('there is no default policy')
  policy = found
}, 120_000)
afterAll(() => db.close(), 120_000)

test(`${SEQUENCES} random sequences of calls leave PostgreSQL and memory in the same state, step by step`, async () => {
  for (let seed = 1; seed <= SEQUENCES; seed++) await runSequence(seed)
}, 1_800_000)

async function runSequence(seed: number): Promise<void> {
  const chance = new Chance(seed)
  const walk = new Walk(new BothStores(db, policy), chance)
  await walk.begin()
  for (let step = 0; step < STEPS; step++) {
    const what = await walk.step()
    const [inPostgres, inMemory] = await walk.stores.states()
    expect(inMemory, `seed ${seed}, step ${step}: ${what}`).toEqual(inPostgres)
    await sleep(APART_MS)
  }
  await walk.stores.end()
}

/** Any call, in any order; what a cluster is said to hold need not be what it was asked for. */
class Walk {
  readonly stores: BothStores
  readonly #chance: Chance
  readonly #clusters: ClusterId[] = []
  readonly #leases: Pair<VolumeLease>[] = []
  readonly #polls: Pair<BegunPoll>[] = []

  constructor(stores: BothStores, chance: Chance) {
    this.stores = stores
    this.#chance = chance
  }

  async begin(): Promise<void> {
    for (let count = 0; count < CLUSTERS; count++) {
      const id = await this.stores.addCluster()
      this.#clusters.push(id)
      await this.stores.applyPoll(await this.stores.beginPoll(id, true), [], false, EFFECTIVE_BYTES, 0n)
    }
  }

  async step(): Promise<string> {
    const chance = this.#chance
    const ids = [...this.stores.records.volumes.keys()]
    const some = ids.length > 0 ? chance.pick(ids) : null
    const kind = chance.pick([
      'PLACE',
      'CHANGE',
      'DELETE',
      'LEASE',
      'LEASE',
      'SETTLE',
      'SETTLE',
      'SETTLE',
      'REPLACE',
      'BEGIN',
      'APPLY',
      'APPLY',
      'FAIL',
      'EXPIRE',
    ])
    switch (kind) {
      case 'PLACE': {
        const sizeBytes = BigInt(chance.whole(1, 16)) * GIB
        same(await this.stores.place(createIntent({ sizeBytes, replicas: chance.whole(1, 2) })))
        break
      }
      case 'CHANGE':
        if (some) await this.#change(some)
        break
      case 'DELETE':
        if (some) same(await this.stores.requestDeletion(some))
        break
      case 'LEASE':
        if (some) await this.#lease(some)
        break
      case 'SETTLE':
        await this.#settle()
        break
      case 'REPLACE': {
        const pair = this.#takeLease(({ state }) => state === 'CREATING')
        if (pair) same(await this.stores.replace(pair))
        break
      }
      case 'BEGIN':
        this.#polls.push(await this.stores.beginPoll(chance.pick(this.#clusters), chance.is(0.3)))
        break
      case 'APPLY':
        await this.#applyPoll()
        break
      case 'FAIL': {
        const [poll] = this.#polls.splice(chance.whole(0, this.#polls.length), 1)
        if (poll) await this.stores.failPoll(poll, chance.pick([TIMED_OUT, TIMED_OUT, WRONG_CLUSTER]))
        break
      }
      case 'EXPIRE':
        if (some) await this.stores.expireLease(some)
        break
    }
    return kind
  }

  async #change(id: VolumeId): Promise<void> {
    const chance = this.#chance
    const { sizeBytes } = this.stores.records.volume(id)
    const grown = sizeBytes + BigInt(chance.whole(1, 6)) * GIB
    const intent = chance.pick([
      updateIntent(id, { sizeBytes: grown }),
      updateIntent(id, { sizeBytes: sizeBytes / 2n, force: true }),
      updateIntent(id, { labels: { round: String(chance.whole(1, 9)) } }),
    ])
    same(await this.stores.place(intent))
  }

  async #lease(id: VolumeId): Promise<void> {
    const [own, twin] = await this.stores.lease(id)
    expect(twin && comparable(twin)).toEqual(own && comparable(own))
    if (own && twin) this.#leases.push([own, twin])
  }

  async #settle(): Promise<void> {
    const pair = this.#takeLease(() => true)
    if (!pair) return
    const [lease] = pair
    const isDeletion = lease.state === 'DELETING' || lease.state === 'DELETED' || lease.state === 'FAILED'
    const settlement = this.#settlementOf(lease, isDeletion)
    same(await this.stores.settle(pair, settlement, this.#chance.is(0.5)))
  }

  #settlementOf(lease: VolumeLease, isDeletion: boolean): Settlement {
    const chance = this.#chance
    const error = { code: 'NO_SPACE', message: 'is full' }
    const sizeBytes = lease.shrinkToBytes ?? lease.sizeBytes
    const backend = backendVolume({ id: lease.volumeId, sizeBytes, replicas: lease.replicas })
    const postponed: Settlement = {
      kind: 'POSTPONED',
      error: chance.is(0.5) ? error : null,
      delayMs: 60_000,
      createUnknown: chance.is(0.5),
      changeAsked: chance.is(0.5),
      changeTaken: chance.is(0.3),
    }
    if (isDeletion) return chance.pick<Settlement>([{ kind: 'ABSENT' }, postponed])
    if (lease.state === 'CREATING') {
      return chance.pick<Settlement>([
        { kind: 'PRESENT', backend },
        { kind: 'PRESENT', backend, createUnknown: true },
        { kind: 'GIVEN_UP', error },
        postponed,
      ])
    }
    const half = { ...backend, sizeBytes: lease.sizeBytes / 2n }
    const propertiesTaken = chance.is(0.5)
    return chance.pick<Settlement>([
      { kind: 'PRESENT', backend },
      { kind: 'CHANGE_REFUSED', backend: half, error, propertiesTaken },
      { kind: 'VANISHED', error, writtenSizeBytes: lease.writtenSizeBytes },
      postponed,
    ])
  }

  async #applyPoll(): Promise<void> {
    const chance = this.#chance
    const [poll] = this.#polls.splice(chance.whole(0, this.#polls.length), 1)
    if (!poll) return
    const inventory = chance.is(0.2) ? null : this.#inventoryOf(poll[0].clusterId)
    const bytes = (inventory ?? []).reduce((sum, each) => sum + each.sizeBytes * BigInt(each.replicas), 0n)
    const reported = chance.is(0.7) ? bytes : bytes + BigInt(chance.whole(0, 20)) * GIB
    const isOwed = inventory === null && chance.is(0.5)
    same(await this.stores.applyPoll(poll, inventory, isOwed, EFFECTIVE_BYTES, reported))
  }

  /** Most of what is recorded there, some of what is not, some of it otherwise. */
  #inventoryOf(clusterId: ClusterId): readonly BackendVolume[] {
    const chance = this.#chance
    const ours = [...this.stores.records.volumes.values()].flatMap((row) => {
      if (!chance.is(row.clusterId === clusterId ? 0.7 : 0.1)) return []
      const sizeBytes = chance.is(0.8) ? row.sizeBytes : row.sizeBytes + GIB
      const state = chance.pick(['AVAILABLE', 'AVAILABLE', 'CREATING', 'DELETING', 'FAILED'] as const)
      return [backendVolume({ ...row, sizeBytes }, { state })]
    })
    const others = chance.is(0.4) ? [foreignVolume(`foreign-${chance.whole(1, 3)}`)] : []
    return [...ours, ...others]
  }

  #takeLease(isWanted: (lease: VolumeLease) => boolean): Pair<VolumeLease> | undefined {
    const index = this.#leases.findIndex(([own]) => isWanted(own))
    return index < 0 ? undefined : this.#leases.splice(index, 1)[0]
  }
}

function same([inPostgres, inMemory]: Pair<unknown>): void {
  expect(inMemory).toEqual(inPostgres)
}

/** What a worker acts on; times and the way to the cluster are each store's own. */
function comparable({
  leasedAt: _at,
  openAccess: _open,
  driver: _driver,
  createUnknownAt,
  changeAskedAt,
  ...lease
}: VolumeLease) {
  return { ...lease, isUnknown: createUnknownAt !== null, isAsked: changeAskedAt !== null }
}
