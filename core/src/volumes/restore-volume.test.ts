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

test.each([
  ['a volume at rest, a snapshot of it', {}, {}, null],
  ['a volume that has grown since', { sizeBytes: 2n * TIB }, {}, null],
  ['a volume that is resized', { state: 'RESIZING' }, {}, 'id'],
  ['a volume that is missing', { state: 'MISSING' }, {}, 'id'],
  ["another volume's snapshot", {}, { volumeId: sampleVolumeId(2) }, 'snapshotId'],
  ['a snapshot that lingers', {}, { state: 'LINGERING' }, 'snapshotId'],
  ['a volume that has shrunk since', { sizeBytes: TIB / 2n }, {}, 'snapshotId'],
] as const)('%s', (_name, ofVolume, ofSnapshot, field) => {
  const fault = restoreFault({ ...volume, ...ofVolume }, { ...snapshot, ...ofSnapshot }, [])
  expect(fault?.path ?? null).toEqual(field && ['input', field])
})

test('one that a host has is not put back under it', () => {
  const fault = restoreFault(volume, snapshot, [`hst_${sampleUuid(1)}`])
  expect(fault).toMatchObject({ code: 'VOLUME_ATTACHED', hostIds: [`hst_${sampleUuid(1)}`] })
})
