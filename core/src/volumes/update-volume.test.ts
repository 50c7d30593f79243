import { expect, test } from 'vitest'
import type { UpdateIntent } from '../placement/placement-intent.ts'
import { grow, volume } from '../testing/sample-batch.ts'
import { NOW, sampleUuid, TIB } from '../testing/sample-fleet.ts'
import { updateVolume } from './update-volume.ts'
import type { Volume } from './volume.ts'
import type { FormerProperties } from './volume-properties.ts'

const POLICY = { maxVolumeSizeBytes: null }
const OWN = volume(1, { compression: true, qosPolicy: 'gold', labels: { tier: 'one' } })

function update(
  changes: Partial<UpdateIntent['changes']>,
  sizeBytes: bigint | null = null,
  of: Volume = OWN,
) {
  const intent = grow(1, of.id, TIB)
  const wanted = { ...intent, sizeBytes, changes: { ...intent.changes, ...changes } }
  return updateVolume(wanted, of, POLICY, NOW, [])
}

/** As its cluster was last seen to have it. */
function seenAt(sizeBytes: bigint): Volume {
  const access = { hostNqns: [], addresses: 'ANY' } as const
  const observed = { sizeBytes, state: 'AVAILABLE', protection: null, access, foreignSnapshotCount: 0 }
  return { ...OWN, observed: { ...observed, observedAt: NOW } }
}

test.each<[what: string, changes: Partial<UpdateIntent['changes']>, former: FormerProperties]>([
  ['labels as they are on record', { labels: { tier: 'one' } }, { labels: { tier: 'one' } }],
  ['the compression that is on record', { compression: true }, { compression: true }],
  ['the QoS policy that is on record', { qosPolicy: 'gold' }, { qosPolicy: 'gold' }],
  ['no QoS policy', { qosPolicy: null }, { qosPolicy: 'gold' }],
  ['two of them', { compression: false, labels: {} }, { compression: true, labels: { tier: 'one' } }],
])('the cluster is asked for %s, and for nothing else', (_what, changes, former) => {
  expect(update(changes)).toMatchObject({ asksCluster: true, volume: { state: 'UPDATING', generation: 3 } })
  expect(update(changes)).toHaveProperty('formerProperties', former)
})

test.each<[what: string, seenBytes: bigint, changes: Partial<UpdateIntent['changes']>, isAsked: boolean]>([
  ['that others have made smaller is asked of the cluster', TIB / 2n, {}, true],
  ['that others have made smaller goes with a new name', TIB / 2n, { name: 'other' }, true],
  ['that is there needs no cluster for a new name', TIB, { name: 'other' }, false],
  ['that others have made larger is not cut off', 2n * TIB, { name: 'other' }, false],
])('the size on record %s, and nothing is reserved', (_what, seenBytes, changes, isAsked) => {
  expect(update(changes, TIB, seenAt(seenBytes))).toMatchObject({
    asksCluster: isAsked,
    growthBytes: 0n,
    formerProperties: null,
    volume: { state: isAsked ? 'UPDATING' : 'AVAILABLE', sizeBytes: TIB, shrinkToBytes: null },
  })
})

test.each<[what: string, own: Volume]>([
  ['is there', seenAt(TIB)],
  ['others have made larger', seenAt(2n * TIB)],
  ['nobody has looked at yet', OWN],
])('to ask for a size that %s alone is refused', (_what, own) => {
  expect(update({}, TIB, own)).toMatchObject({
    code: 'INVALID_INPUT',
    issues: [
      {
        path: ['input', 'sizeBytes'],
        allowed: expect.stringMatching(/less by updateVolume\(force: true\)$/),
      },
    ],
  })
})

test('a smaller size is refused with the mutation that takes force: resizeVolume does not', () => {
  const message = expect.stringMatching(/lost for good.*ask by updateVolume\(force: true\)$/)
  expect(update({}, TIB / 2n)).toMatchObject({ code: 'WOULD_SHRINK', message })
})

test.each<[what: string, sizeBytes: bigint | null, code: string | undefined]>([
  ['a smaller size waits', TIB / 2n, 'INVALID_STATE'],
  ['a larger one does not', 2n * TIB, undefined],
  ['what leaves the size as it is does not', null, undefined],
])('while a snapshot is yet to be taken, %s for it', (_what, sizeBytes, code) => {
  const intent = { ...grow(1, OWN.id, TIB), sizeBytes, force: true }
  const untaken = [{ id: `snp_${sampleUuid(1)}`, madeForId: null }] as const
  const updated = updateVolume(intent, OWN, POLICY, NOW, untaken)
  expect('code' in updated ? updated.code : undefined).toBe(code)
  if ('code' in updated) expect(updated.message).toContain(untaken[0].id)
})
