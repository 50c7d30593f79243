import { expect, test } from 'vitest'
import { sampleUuid, sampleVolumeId, TIB } from '../testing/sample-fleet.ts'
import { restoreFault } from './restore-volume.ts'

const volume = { id: sampleVolumeId(1), state: 'AVAILABLE', sizeBytes: TIB } as const
const snapshot = {
  id: `snp_${sampleUuid(1)}`,
  state: 'AVAILABLE',
  volumeId: volume.id,
  sizeBytes: TIB,
} as const
const NOBODY = { hostIds: [], foreignNqns: [] }
const STRANGER = 'nqn.2019-09.com.example:other'

test.each([
  ['a volume at rest, a snapshot of it', {}, {}, null],
  ['a volume that has grown since', { sizeBytes: 2n * TIB }, {}, null],
  ['a volume that is resized', { state: 'RESIZING' }, {}, 'id'],
  ['a volume that is missing', { state: 'MISSING' }, {}, 'id'],
  ["another volume's snapshot", {}, { volumeId: sampleVolumeId(2) }, 'snapshotId'],
  ['a snapshot that lingers', {}, { state: 'LINGERING' }, 'snapshotId'],
  ['a volume that has shrunk since', { sizeBytes: TIB / 2n }, {}, 'snapshotId'],
] as const)('%s', (_name, ofVolume, ofSnapshot, field) => {
  const fault = restoreFault({ ...volume, ...ofVolume }, { ...snapshot, ...ofSnapshot }, NOBODY)
  expect(fault?.path ?? null).toEqual(field && ['input', field])
})

test.each([
  ['a host', { ...NOBODY, hostIds: [`hst_${sampleUuid(1)}`] as const }],
  ['a host that was never attached here', { ...NOBODY, foreignNqns: [STRANGER] }],
  ['every host', { ...NOBODY, foreignNqns: 'ANY' as const }],
])('one that %s has is not put back under it', (_who, hosts) => {
  expect(restoreFault(volume, snapshot, hosts)).toMatchObject({ code: 'VOLUME_ATTACHED', ...hosts })
})
