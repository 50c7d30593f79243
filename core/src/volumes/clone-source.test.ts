import { expect, test } from 'vitest'
import { sampleClusterId, sampleUuid, sampleVolumeId, TIB } from '../testing/sample-fleet.ts'
import { cloneFault, type SourceFacts } from './clone-source.ts'

const snapshotId = `snp_${sampleUuid(1)}` as const
const facts: SourceFacts = {
  state: 'AVAILABLE',
  project: 'p',
  clusterId: sampleClusterId(1),
  sizeBytes: TIB,
  replicas: 2,
  compression: false,
  backendProject: 'default',
  madeForId: null,
}
const clone = { project: 'p', sizeBytes: TIB, replicas: 2, compression: false }
const faultOf = (changes: Partial<SourceFacts>, volumeId: typeof facts.madeForId = null) =>
  cloneFault({ snapshotId, volumeId }, { ...facts, ...changes }, clone)

test.each([
  ['a snapshot that is there', {}, null],
  ['a snapshot that goes', { state: 'DELETING' }, 'INVALID_STATE'],
  ['a snapshot that was taken for another clone', { madeForId: sampleVolumeId(9) }, 'INVALID_STATE'],
  ['a snapshot of another project', { project: 'q', madeForId: sampleVolumeId(9) }, 'NOT_FOUND'],
] as const)('%s as the source of a clone', (_name, changes, code) => {
  expect(faultOf(changes)?.code ?? null).toBe(code)
})

test('what another clone alone was given is named with that clone', () => {
  const fault = faultOf({ madeForId: sampleVolumeId(9) })
  expect(fault?.path).toEqual(['input', 'source', 'snapshotId'])
  expect(fault?.message).toContain(`was taken for the clone ${sampleVolumeId(9)} only`)
  expect(faultOf({}, sampleVolumeId(1))).toBeNull()
})
