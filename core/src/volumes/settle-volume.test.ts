import { expect, test } from 'vitest'
import type { BackendVolume } from './backend-volume.ts'
import { owedBytes } from './owed-bytes.ts'
import { type FinalSettlement, settleVolume } from './settle-volume.ts'
import type { SettledVolume } from './settled-volume.ts'

const FORMER = { compression: true, qosPolicy: 'gold', labels: { tier: 'one' } }
const ERROR = { code: 'NO_SPACE', message: 'is full' }

function volumeWith(overrides: Partial<SettledVolume>): SettledVolume {
  return {
    state: 'RESIZING',
    sizeBytes: 20n,
    shrinkToBytes: null,
    replicas: 2,
    observedBytes: 20n,
    compression: false,
    qosPolicy: null,
    labels: {},
    formerProperties: null,
    ...overrides,
  }
}

function backendOf(sizeBytes: bigint): BackendVolume {
  return {
    backendId: 'one',
    name: 'flo-one',
    project: 'default',
    sizeBytes,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    state: 'AVAILABLE',
    protection: null,
    access: { hostNqns: [], addresses: 'ANY' },
    sourceSnapshotId: null,
    etag: null,
  }
}

function refused(sizeBytes: bigint, propertiesTaken = false): FinalSettlement {
  return { kind: 'CHANGE_REFUSED', backend: backendOf(sizeBytes), error: ERROR, propertiesTaken }
}

const PRESENT: FinalSettlement = { kind: 'PRESENT', backend: backendOf(20n) }

test.each<
  [
    name: string,
    before: Partial<SettledVolume>,
    settlement: FinalSettlement,
    after: Partial<SettledVolume>,
    owed: bigint,
  ]
>([
  ['created, not yet in an inventory', { state: 'CREATING', observedBytes: 0n }, PRESENT, {}, 40n],
  ['grown, the inventory has the former size', {}, PRESENT, {}, 20n],
  ['shrunk', { shrinkToBytes: 10n }, PRESENT, { sizeBytes: 10n, shrinkToBytes: null }, 0n],
  ['deleted', { state: 'DELETING' }, { kind: 'ABSENT' }, { state: 'DELETED', observedBytes: 0n }, 0n],
  [
    'a failed one stays failed',
    { state: 'FAILED' },
    { kind: 'ABSENT' },
    { state: 'FAILED', observedBytes: 0n },
    0n,
  ],
  [
    'given up',
    { state: 'CREATING' },
    { kind: 'GIVEN_UP', error: ERROR },
    { state: 'FAILED', observedBytes: 0n },
    0n,
  ],
  [
    'vanished: still promised',
    {},
    { kind: 'VANISHED', error: ERROR, writtenSizeBytes: null },
    { state: 'MISSING' },
    20n,
  ],
  [
    'vanished while it grew: it is missing as it was',
    { formerProperties: FORMER },
    { kind: 'VANISHED', error: ERROR, writtenSizeBytes: 10n },
    { state: 'MISSING', sizeBytes: 10n, ...FORMER, formerProperties: null },
    0n,
  ],
  ['growth refused', {}, refused(10n), { sizeBytes: 10n }, 0n],
  ['growth refused, somebody had grown it further', {}, refused(30n), {}, 20n],
  [
    'shrinking refused',
    { shrinkToBytes: 10n, observedBytes: 40n },
    refused(20n),
    { shrinkToBytes: null },
    0n,
  ],
  ['properties refused', { state: 'UPDATING', formerProperties: FORMER }, refused(10n), FORMER, 20n],
  [
    'labels refused: no other property was asked for',
    { state: 'UPDATING', qosPolicy: 'silver', formerProperties: { labels: FORMER.labels } },
    refused(20n),
    { labels: FORMER.labels },
    20n,
  ],
  [
    'growth back to what is promised refused',
    { state: 'UPDATING', observedBytes: 20n },
    refused(10n),
    {},
    20n,
  ],
  [
    'what was to be put back refused: what is wanted stays',
    { putsBack: true, observedBytes: 20n, formerProperties: FORMER },
    refused(10n),
    {},
    20n,
  ],
  ['properties taken, then refused', { formerProperties: FORMER }, refused(20n, true), {}, 20n],
])('%s', (_name, before, settlement, after, owed) => {
  const volume = volumeWith(before)
  const settled = settleVolume(volume, settlement)
  expect(settled).toEqual({ ...volume, state: 'AVAILABLE', formerProperties: null, ...after })
  expect(owedBytes(settled)).toBe(owed)
})
