import { expect, test } from 'vitest'
import { sampleUuid, sampleVolumeId, TIB } from '../testing/sample-fleet.ts'
import { restoreFault } from './restore-volume.ts'

const volume = { id: sampleVolumeId(1), state: 'AVAILABLE', sizeBytes: TIB } as const
const snapshot = {
  id: `snp_${sampleUuid(1)}`,
  state: 'AVAILABLE',
  volumeId: volume.id,
  sizeBytes: TIB,
  madeForId: null,
} as const
const NOBODY = { hostIds: [], foreignNqns: [] }
const NOTHING = { ...NOBODY, untaken: [] }
const STRANGER = 'nqn.2019-09.com.example:other'

test.each([
  ['a volume at rest, a snapshot of it', {}, {}, null],
  ['a volume that has grown since', { sizeBytes: 2n * TIB }, {}, null],
  ['a volume that is resized', { state: 'RESIZING' }, {}, 'id'],
  ['a volume that is missing', { state: 'MISSING' }, {}, 'id'],
  ["another volume's snapshot", {}, { volumeId: sampleVolumeId(2) }, 'snapshotId'],
  ['a snapshot that lingers', {}, { state: 'LINGERING' }, 'snapshotId'],
  ['a snapshot that was taken for a clone', {}, { madeForId: sampleVolumeId(3) }, 'snapshotId'],
  ['a volume that has shrunk since', { sizeBytes: TIB / 2n }, {}, 'snapshotId'],
] as const)('%s', (_name, ofVolume, ofSnapshot, field) => {
  const fault = restoreFault({ ...volume, ...ofVolume }, { ...snapshot, ...ofSnapshot }, NOTHING)
  expect(fault?.path ?? null).toEqual(field && ['input', field])
})

test.each([
  ['a host', { ...NOBODY, hostIds: [`hst_${sampleUuid(1)}`] as const }],
  ['a host that was never attached here', { ...NOBODY, foreignNqns: [STRANGER] }],
  ['every host', { ...NOBODY, foreignNqns: 'ANY' as const }],
])('one that %s has is not put back under it', (_who, hosts) => {
  expect(restoreFault(volume, snapshot, { ...NOTHING, ...hosts })).toMatchObject({
    code: 'VOLUME_ATTACHED',
    ...hosts,
  })
})

test('one is not put back before the snapshots that were promised of it are taken', () => {
  const [asked, cloned] = [`snp_${sampleUuid(2)}`, `snp_${sampleUuid(3)}`] as const
  const untaken = [
    { id: asked, madeForId: null },
    { id: cloned, madeForId: sampleVolumeId(9) },
  ]
  const fault = restoreFault(volume, snapshot, { ...NOBODY, untaken })
  expect(fault).toMatchObject({ code: 'INVALID_STATE', path: ['input', 'id'] })
  expect(fault?.message).toContain(`${asked}, ${cloned} (for the clone ${sampleVolumeId(9)})`)
})
