import { expect, test } from 'vitest'
import type { VolumeId } from '../identity/ids.ts'
import { changing, codeOf, create, facts, grow, volume } from '../testing/sample-batch.ts'
import { sampleUuid, TIB } from '../testing/sample-fleet.ts'
import { decideBatch, nameKey } from './decide-batch.ts'
import type { UpdateIntent } from './placement-intent.ts'

test('what shrinks needs no decision and gives nothing back before its cluster has confirmed it', () => {
  const own = volume(5)
  const shrink = { ...grow(1, own.id, TIB / 2n), force: true }
  const [outcome] = decideBatch([shrink], facts({ changing: changing(own) }))
  expect(outcome).toMatchObject({
    kind: 'UPDATED',
    decision: null,
    update: { asksCluster: true, volume: { state: 'RESIZING', sizeBytes: TIB, shrinkToBytes: TIB / 2n } },
  })
})

test('a new name is taken at once, by its holder too, and the former one stays taken within the batch', () => {
  const [own, other] = [volume(5), volume(6, { state: 'CREATING' })]
  const rename = (number: number, id: VolumeId, name: string): UpdateIntent => ({
    ...grow(number, id, 1n),
    sizeBytes: null,
    changes: { name, compression: null, labels: null },
  })
  const known = facts({
    changing: new Map([...changing(own), ...changing(other)]),
    takenNames: new Map([[nameKey(own), own.id]]),
  })
  const intents = [
    rename(1, own.id, own.name),
    rename(2, own.id, 'fresh'),
    rename(3, other.id, 'fresh'),
    create(4, { name: own.name }),
    rename(5, other.id, 'other'),
  ]
  const outcomes = decideBatch(intents, known)
  expect(outcomes.map(codeOf)).toEqual(['UPDATED', 'UPDATED', 'NAME_TAKEN', 'NAME_TAKEN', 'UPDATED'])
  expect(outcomes[4]).toMatchObject({ update: { asksCluster: false, volume: { state: 'CREATING' } } })
})

test.each<[first: string, second: string, codes: readonly string[]]>([
  ['clone', 'shrink', ['CREATED', 'INVALID_STATE']],
  ['shrink', 'clone', ['UPDATED', 'INVALID_STATE']],
])('of a %s and a %s of one volume in one batch the second is refused', (first, _second, codes) => {
  const own = volume(5)
  const { state, project, clusterId, sizeBytes, replicas, compression, backendProject } = own
  const at = { clusterId, backendProject, madeForId: null }
  const source = { ...at, state, project, sizeBytes, replicas, compression }
  const clone = create(1, { source: { snapshotId: `snp_${sampleUuid(1)}`, volumeId: own.id } })
  const shrink = { ...grow(2, own.id, TIB / 2n), force: true }
  const intents = first === 'clone' ? [clone, shrink] : [shrink, clone]
  const known = facts({ changing: changing(own), sources: new Map([[own.id, source]]) })
  expect(decideBatch(intents, known).map(codeOf)).toEqual(codes)
})
