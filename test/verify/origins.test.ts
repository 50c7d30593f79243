import { expect, test } from 'vitest'
import { checkConvergence } from './check-convergence.ts'
import type { Facts } from './facts.ts'
import { sampleFacts } from './sample-facts.ts'
import type { TrueSnapshot, TrueVolume } from './truth.ts'

const { facts } = sampleFacts()
const [VOLUME, SNAPSHOT] = [facts.records.volumes[0], facts.records.snapshots[0]]
if (!VOLUME || !SNAPSHOT) throw new Error('the sample has less than it should')

function onCluster(volume: Partial<TrueVolume>, snapshot: Partial<TrueSnapshot> = {}): Facts {
  return {
    ...facts,
    truth: facts.truth.map((each) => ({
      ...each,
      volumes: each.volumes.map((one) => ({ ...one, ...volume })),
      snapshots: each.snapshots.map((one) => ({ ...one, ...snapshot })),
    })),
  }
}

/** The volume is a clone of its own snapshot by the records, for want of another. */
function recorded(
  doctored: Facts,
  volume: Partial<typeof VOLUME>,
  snapshot: Partial<typeof SNAPSHOT> = {},
): Facts {
  const { records } = doctored
  const volumes = [{ ...VOLUME, ...volume } as never]
  return { ...doctored, records: { ...records, volumes, snapshots: [{ ...SNAPSHOT, ...snapshot } as never] } }
}

const CLONE = { sourceSnapshotId: SNAPSHOT.id }

test.each<[what: string, facts: Facts, fault: RegExp]>([
  [
    'a clone that is empty',
    recorded(facts, CLONE),
    /vol_.* is a clone of nothing, by the other side of uuid-2/,
  ],
  [
    'a clone of another snapshot',
    recorded(onCluster({ sourceSnapshotUuid: 'other' }), CLONE),
    /vol_.* is a clone of other, by the other side of uuid-2/,
  ],
  [
    'a clone where an empty one was asked for',
    onCluster({ sourceSnapshotUuid: 'uuid-2' }),
    /vol_.* is a clone of uuid-2, by the other side of nothing/,
  ],
  [
    'a snapshot of another volume',
    onCluster({}, { sourceVolumeUuid: 'other' }),
    /snp_.* is of other, by the other side of uuid-1/,
  ],
])('%s is told of', (_what, doctored, fault) => {
  expect(checkConvergence(doctored).faults).toEqual([expect.stringMatching(fault)])
})

test.each<[what: string, facts: Facts]>([
  ['a clone of its snapshot', recorded(onCluster({ sourceSnapshotUuid: 'uuid-2' }), CLONE)],
  [
    'an adopted clone of what is not ours',
    recorded(onCluster({ sourceSnapshotUuid: 'other' }), { adoptedAt: new Date(0) }),
  ],
  [
    'a clone of a snapshot that has forgotten its id',
    recorded(onCluster({ sourceSnapshotUuid: 'other' }), CLONE, { state: 'DELETED', backendId: null }),
  ],
  [
    'a snapshot of a volume that has forgotten its id',
    recorded(onCluster({}, { sourceVolumeUuid: 'other' }), { state: 'DELETED', backendId: null }),
  ],
])('%s is as it should be', (_what, doctored) => {
  const { faults } = checkConvergence(doctored)
  expect(faults.filter((each) => !each.startsWith('cluster-'))).toEqual([])
})

test('a snapshot of what the volume was before it was made again is one of it', () => {
  const doctored = onCluster({}, { sourceVolumeUuid: 'former' })
  const recreations = doctored.records.operations.map((each) => ({ ...each, formerBackendId: 'former' }))
  const records = { ...doctored.records, operations: recreations }
  expect(checkConvergence({ ...doctored, records }).faults).toEqual([])
})
