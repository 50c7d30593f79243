import { expect, test } from 'vitest'
import type { BackendVolume } from '../volumes/backend-volume.ts'
import { foreignClones } from './foreign-clones.ts'

const volume = (backendId: string, sourceSnapshotId: string | null): BackendVolume => ({
  backendId,
  sourceSnapshotId,
  name: backendId,
  project: 'default',
  sizeBytes: 10n,
  replicas: 2,
  compression: false,
  qosPolicy: null,
  labels: {},
  state: 'AVAILABLE',
  protection: null,
  access: { hostNqns: [], addresses: 'ANY' },
  etag: null,
})

test('clones are counted for the volume of their snapshot, listed or not, and where that is still there', () => {
  const sources = new Map([
    ['nightly', 'db'],
    ['weekly', 'db'],
  ])
  const further = {
    count: 9,
    provisionedBytes: 90n,
    clones: new Map([
      ['weekly', 4],
      ['gone', 5],
    ]),
  }
  const listed = [volume('a', 'nightly'), volume('b', 'weekly'), volume('c', 'gone'), volume('d', null)]
  expect(foreignClones(listed, { sources, further })).toEqual(new Map([['db', 6]]))
})
