import { expect, test } from 'vitest'
import { volumeAnswer } from './volume-answer.ts'

const SNAPSHOT = '5f0c1a4e-0000-4000-8000-000000000002'
const answer = (sourceSnapshotUUID: unknown) =>
  volumeAnswer.safeParse({
    UUID: '5f0c1a4e-0000-4000-8000-000000000001',
    name: 'db',
    projectName: 'default',
    size: '4096',
    replicaCount: 2,
    state: 'Available',
    sourceSnapshotUUID,
  })

test.each<[unknown, string | null]>([
  [SNAPSHOT, SNAPSHOT],
  [undefined, null],
  [null, null],
  ['', null],
  ['00000000-0000-0000-0000-000000000000', null],
])('the source of a clone: %j is %j', (wire, sourceSnapshotId) => {
  expect(answer(wire)).toMatchObject({ success: true, data: { sourceSnapshotId } })
})

test('a source that is no id is refused, whatever its length', () => {
  expect(answer('x'.repeat(1_000_000)).error?.issues).toMatchObject([{ path: ['sourceSnapshotUUID'] }])
})
