import type { ClusterOrderField, VolumeOrderField } from '@flotilla/core/ports/fleet-reader'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, type TestFleet } from '../testing/test-fleet.ts'
import { createFleetReader } from './fleet-reader.ts'

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

const SIZE = 2

function volumesAfter(field: VolumeOrderField, after: string | null) {
  const orderBy = { field, direction: 'ASC' } as const
  return createFleetReader(db.database).listVolumes({}, { first: SIZE, after, orderBy })
}

function clustersAfter(field: ClusterOrderField, after: string | null) {
  const orderBy = { field, direction: 'ASC' } as const
  return createFleetReader(db.database).listClusters({}, { first: SIZE, after, orderBy })
}

const idsOf = ({ items }: { readonly items: readonly { readonly id: string }[] }) => items.map(({ id }) => id)

test.each(['NAME', 'CREATED_AT', 'SIZE_BYTES'] as const)(
  'volumes by %s: each is on one page, also when what was read has left the list meanwhile',
  async (field) => {
    await fleet.addCluster()
    const made = []
    for (let number = 0; number < 5; number++) made.push((await fleet.addVolume()).id)
    const all = idsOf(await createFleetReader(db.database).listVolumes({}, whole(field)))
    const first = await volumesAfter(field, null)
    expect(first.hasNextPage).toBe(true)
    await db.database.pool.query(`UPDATE volume SET state = 'DELETED' WHERE id = ANY ($1)`, [idsOf(first)])
    const second = await volumesAfter(field, first.cursors.at(-1) ?? null)
    expect(second.hasNextPage).toBe(true)
    const third = await volumesAfter(field, second.cursors.at(-1) ?? null)
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(all)
    expect(third.hasNextPage).toBe(false)
    expect(new Set(all)).toEqual(new Set(made))
  },
)

test.each(['NAME', 'CREATED_AT'] as const)(
  'clusters by %s: each is on one page, also when the last that was read has left the fleet meanwhile',
  async (field) => {
    for (let number = 0; number < 5; number++) await fleet.addCluster()
    const all = idsOf(await createFleetReader(db.database).listClusters({}, whole(field)))
    const first = await clustersAfter(field, null)
    await detach(idsOf(first).at(-1))
    const second = await clustersAfter(field, first.cursors.at(-1) ?? null)
    const third = await clustersAfter(field, second.cursors.at(-1) ?? null)
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(all)
  },
)

test.each(['PROVISIONED_RATIO', 'EFFECTIVE_BYTES', 'USED_BYTES'] as const)(
  'clusters by %s: all are on pages; when the last that was read has left the fleet, none is silently left out',
  async (field) => {
    for (let number = 0; number < 5; number++) await fleet.addCluster()
    const all = idsOf(await createFleetReader(db.database).listClusters({}, whole(field)))
    const first = await clustersAfter(field, null)
    const second = await clustersAfter(field, first.cursors.at(-1) ?? null)
    const third = await clustersAfter(field, second.cursors.at(-1) ?? null)
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(all)
    expect(third.hasNextPage).toBe(false)
    await detach(idsOf(first).at(-1))
    await expect(clustersAfter(field, first.cursors.at(-1) ?? null)).rejects.toMatchObject({
      issues: [{ path: ['after'], message: expect.stringContaining('no more') }],
    })
  },
)

/** As a detachment leaves it. */
async function detach(id: string | undefined): Promise<void> {
  await db.database.pool.query('DELETE FROM cluster_capacity WHERE cluster_id = $1', [id])
  await db.database.pool.query('UPDATE cluster SET detached_at = now() WHERE id = $1', [id])
}

function whole<Field>(field: Field) {
  return { first: 200, after: null, orderBy: { field, direction: 'ASC' } } as const
}
