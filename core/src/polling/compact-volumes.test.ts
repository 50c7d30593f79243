import { expect, test } from 'vitest'
import type { BackendVolume } from '../volumes/backend-volume.ts'
import { compactVolumes } from './compact-volumes.ts'

const OWN_NAME = 'flo-01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
const KEPT = 3
const NONE = { count: 0, provisionedBytes: 0n, clones: new Map() }

function volume(backendId: string, overrides: Partial<BackendVolume> = {}): BackendVolume {
  return {
    backendId,
    name: `name-of-${backendId}`,
    project: 'default',
    sizeBytes: 10n,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    state: 'AVAILABLE',
    protection: null,
    access: { hostNqns: [], addresses: 'ANY' },
    sourceSnapshotId: null,
    etag: null,
    ...overrides,
  }
}

async function compact(
  volumes: BackendVolume[],
  own: string[] = [],
  foreign: string[] = [],
  snapshots: Record<string, string[]> = {},
) {
  let reads = 0
  let snapshotReads = 0
  async function* pages() {
    for (let start = 0; start < volumes.length; start += 2) yield volumes.slice(start, start + 2)
  }
  const readKnown = async () => {
    reads++
    return { own: new Set(own), foreign: new Set(foreign) }
  }
  const readSnapshotsOf = async (ids: ReadonlySet<string>) => {
    snapshotReads++
    return new Set([...ids].flatMap((id) => snapshots[id] ?? []))
  }
  const means = { readKnown, projects: new Set(['default', 'adopted']), readSnapshotsOf }
  const compacted = await compactVolumes(pages(), means, KEPT)
  return {
    ids: compacted.volumes.map(({ backendId }) => backendId).toSorted(),
    further: compacted.further,
    reads,
    snapshotReads,
  }
}

test('up to the limit everything is kept, and the records are not asked', async () => {
  const kept = await compact(['a', 'b', 'c'].map((id) => volume(id)))
  expect(kept).toEqual({ ids: ['a', 'b', 'c'], further: NONE, reads: 0, snapshotReads: 0 })
})

test('what is beyond is counted with all its replicas; the records are asked once', async () => {
  const kept = await compact(['a', 'b', 'c', 'd', 'e'].map((id) => volume(id)))
  const further = { count: 2, provisionedBytes: 40n, clones: new Map() }
  expect(kept).toEqual({ ids: ['a', 'b', 'c'], further, reads: 1, snapshotReads: 0 })
})

test('of what is beyond, clones of snapshots of ours are counted, and no others kept in mind', async () => {
  const cloneOf = (id: string, sourceSnapshotId: string, project = 'default') =>
    volume(id, { sourceSnapshotId, project })
  const kept = await compact(
    [
      ...['a', 'b', 'c', 'db'].map((id) => volume(id)),
      cloneOf('d', 'nightly'),
      cloneOf('e', 'theirs-1'),
      cloneOf('f', 'theirs-2'),
      cloneOf('g', 'weekly', 'adopted'),
      cloneOf('h', 'nightly'),
    ],
    ['db'],
    [],
    { db: ['nightly', 'weekly', 'unused'], a: ['theirs-1'] },
  )
  const clones = new Map([
    ['nightly', 2],
    ['weekly', 1],
  ])
  expect(kept).toMatchObject({
    ids: ['a', 'b', 'c', 'db'],
    further: { count: 5, clones },
    reads: 1,
    snapshotReads: 1,
  })
})

test('clones in projects without snapshots of ours are not looked into', async () => {
  const listed = ['a', 'b', 'c', 'd'].map((id) => volume(id, { sourceSnapshotId: id, project: 'theirs' }))
  expect(await compact([...listed, volume('db')], ['db'])).toMatchObject({
    further: { count: 1, clones: new Map() },
    snapshotReads: 0,
  })
})

test('ours are kept wherever they stand: by their name, and renamed or adopted ones by their id', async () => {
  const listed = ['a', 'b', 'c', 'd', 'e', 'renamed'].map((id) => volume(id))
  const kept = await compact([...listed, volume('z', { name: OWN_NAME })], ['a', 'renamed'])
  expect(kept).toMatchObject({ ids: ['a', 'b', 'c', 'd', 'renamed', 'z'], further: { count: 1 } })
})

test('once the first ones of a large cluster are adopted, its next ones have their places', async () => {
  const listed = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => volume(id))
  const kept = await compact(listed, ['a', 'b', 'c'])
  expect(kept).toMatchObject({ ids: ['a', 'b', 'c', 'd', 'e', 'f'], further: { count: 2 }, reads: 1 })
})

test('our name is kept in whatever project it stands: the records say whether it is ours', async () => {
  const listed = ['a', 'b', 'c'].map((id) => volume(id))
  const kept = await compact([...listed, volume('z', { name: OWN_NAME, project: 'theirs' })])
  expect(kept).toMatchObject({ ids: ['a', 'b', 'c', 'z'], further: { count: 0 } })
})

test('what findings tell of goes before strangers, so that none is closed while its volume is there', async () => {
  const kept = await compact(
    ['a', 'b', 'c', 'd', 'e'].map((id) => volume(id)),
    [],
    ['b', 'e'],
  )
  expect(kept).toMatchObject({ ids: ['a', 'b', 'e'], further: { count: 2 } })
})

test('husks that failed are neither kept nor counted', async () => {
  const listed = ['a', 'b', 'c', 'd'].map((id) => volume(id, { state: 'FAILED' }))
  expect(await compact([...listed, volume('e')])).toMatchObject({
    ids: ['e'],
    further: { count: 0 },
    reads: 0,
  })
})
