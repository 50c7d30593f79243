import type { ClusterId } from '@flotilla/core/identity/ids'
import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFindingStore } from '../findings/finding-store.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  foreignVolume,
  GIB,
  growIntent,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { replaceVolume } from '../volumes/replace-volume.ts'
import { readSnapshot } from './read-snapshot.ts'

const SHARING = {
  ...DEFAULT_POLICY,
  share: { cap: { numerator: 1n, denominator: 2n }, windowMs: 60_000, rampMs: 0 },
}

const LIMITING = { ...DEFAULT_POLICY, maxVolumesPerCluster: 10 }

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

async function recentBytes(): Promise<ReadonlyMap<ClusterId, bigint>> {
  const client = await db.database.pool.connect()
  const { candidates } = await readSnapshot(client, SHARING)
  client.release()
  return new Map(candidates.map((each) => [each.clusterId, each.recentBytes]))
}

async function adopt(clusterId: ClusterId, name: string): Promise<void> {
  const poll = await fleet.beginPoll(clusterId)
  const { seen } = await fleet.finishPoll(poll, [foreignVolume(name)])
  if (seen) await recordFindings(db.database, poll, seen)
  const finding = await db.database.prisma.finding.findFirstOrThrow({ where: { name } })
  const items = [
    { findingId: finding.id as `fnd_${string}`, volumeId: uuidIds.next('Volume'), name: null, labels: {} },
  ]
  await createFindingStore(db.database, db.bus).adopt(
    { project: 'project', policyName: 'default', items },
    newOperation(),
  )
}

test('recent is what was placed: an adopted volume was not, and one that has grown counts as it was placed', async () => {
  const id = await fleet.addCluster()
  await adopt(id, 'foreign')
  expect(await recentBytes()).toEqual(new Map([[id, 0n]]))
  const volume = await fleet.addVolume({ sizeBytes: 3n * GIB })
  await fleet.update(growIntent(volume.id, 9n * GIB))
  expect(await recentBytes()).toEqual(new Map([[id, 6n * GIB]]))
  await fleet.settle(await fleet.lease(volume.id), {
    kind: 'PRESENT',
    backend: backendVolume({ ...volume, sizeBytes: 9n * GIB }),
  })
  expect(await recentBytes()).toEqual(new Map([[id, 6n * GIB]]))
})

test('recent counts a volume once, on the cluster that it went on to', async () => {
  const ids = [await fleet.addCluster(), await fleet.addCluster()]
  const { volume } = await fleet.place(createIntent())
  const lease = await fleet.lease(volume.id)
  await replaceVolume(db.database, fleet.policies, lease, { code: 'NO_SPACE', message: 'is full' })
  expect(await recentBytes()).toEqual(new Map(ids.map((id) => [id, id === volume.clusterId ? 0n : 2n * GIB])))
})

test('what a limit on volumes counts is found without a look at what was deleted', async () => {
  const id = await fleet.addCluster()
  await fleet.addVolume()
  const client = await db.database.pool.connect()
  try {
    await client.query(
      `INSERT INTO volume SELECT copy.* FROM volume, generate_series(1, 20000) AS n, LATERAL jsonb_populate_record(volume,
         jsonb_build_object('id', volume.id || n, 'name', n::text, 'backend_name', volume.backend_name || n, 'state', 'DELETED')) AS copy`,
    )
    await client.query('ANALYZE volume')
    const asked: string[] = []
    const listening = {
      query(text: string) {
        asked.push(text)
        return client.query(text)
      },
    }
    const { candidates } = await readSnapshot(listening as unknown as pg.ClientBase, LIMITING)
    expect(candidates).toMatchObject([{ clusterId: id, figures: { volumeCount: 1 } }])
    const [counting, ...more] = asked.filter((text) => /FROM volume\b/.test(text))
    expect(more).toEqual([])
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${counting}`)
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Seq Scan on volume')
  } finally {
    client.release()
  }
})
