import fc from 'fast-check'
import type { Stack } from '../../testkit/stack.ts'
import {
  nameIsFree,
  needsAvailable,
  needsAvailableSnapshot,
  needsSnapshotsTaken,
  surely,
  when,
} from '../expectation.ts'
import { type Model, type ModelSnapshot, type ModelVolume, snapshotsOf, touch } from '../model.ts'
import { freshKey, pick, type Step, send, step } from '../step.ts'
import { creation, expectedRevision, GIB, onVolume, revision, which } from './volume-steps.ts'

/** A step on one of the snapshots, those that are gone included, and the volume that it is of. */
function onSnapshot(
  text: string,
  number: number,
  run: (model: Model, stack: Stack, snapshot: ModelSnapshot, volume: ModelVolume) => Promise<void>,
): Step {
  return step(
    `${text} snapshot ${number}`,
    (model, stack) => {
      const snapshot = pick(model.snapshots, number)
      const volume = model.volumes.find(({ id }) => id === snapshot?.volumeId)
      return snapshot && volume && run(model, stack, snapshot, volume)
    },
    ({ snapshots }) => snapshots.length > 0,
  )
}

export const createSnapshot: fc.Arbitrary<Step> = fc
  .record({ which, name: fc.nat(2) })
  .map(({ which: number, name }) =>
    onVolume(`take snapshot s${name}`, number, (model, stack, volume) =>
      send(model, stack, {
        field: 'createSnapshot',
        input: { idempotencyKey: freshKey(model), volumeId: volume.id, name: `s${name}` },
        checks: [needsAvailable(volume), nameIsFree(snapshotsOf(model, volume), `s${name}`)],
        accept({ snapshot }) {
          if (!snapshot) throw new Error('no snapshot was taken')
          model.snapshots.push({
            id: snapshot.id,
            name: `s${name}`,
            volumeId: volume.id,
            sizeBytes: volume.handBytes ?? volume.sizeBytes,
            fate: volume.isMissing ? 'FAILED' : 'ALIVE',
            isSettled: false,
          })
        },
      }),
    ),
  )

export const deleteSnapshot: fc.Arbitrary<Step> = fc.record({ which }).map(({ which: number }) =>
  onSnapshot('delete', number, async (model, stack, snapshot, volume) => {
    const inUse =
      model.volumes.some(({ sourceId, isSettled }) => sourceId === snapshot.id && !isSettled) ||
      !volume.isSettled
    await send(model, stack, {
      field: 'deleteSnapshot',
      input: { idempotencyKey: freshKey(model), id: snapshot.id },
      checks: [
        [when(snapshot.fate === 'DELETED'), 'NotFoundError', 'InvalidStateError'],
        [when(inUse, 'PERHAPS'), 'InvalidStateError'],
      ],
      accept() {
        snapshot.fate = 'DELETED'
        snapshot.isSettled = false
      },
    })
  }),
)

export const restoreVolume: fc.Arbitrary<Step> = fc
  .record({ which, revision, other: fc.option(which, { freq: 4 }) })
  .map(({ which: number, revision: wanted, other }) =>
    onSnapshot(
      `restore ${other === null ? 'its volume' : `volume ${other}`} to`,
      number,
      async (model, stack, snapshot, own) => {
        const volume = (other === null ? own : pick(model.volumes, other)) ?? own
        const expected = await expectedRevision(stack, volume, wanted)
        const { hosts, isSettled } = volume
        const isTooLarge = snapshot.sizeBytes > volume.sizeBytes
        await send(model, stack, {
          field: 'restoreVolume',
          input: {
            idempotencyKey: freshKey(model),
            id: volume.id,
            snapshotId: snapshot.id,
            ...expected.input,
          },
          checks: [
            needsAvailable(volume),
            needsSnapshotsTaken(model, volume),
            expected.check,
            [when(hosts.size > 0, surely(isSettled)), 'VolumeAttachedError'],
            [when(!isSettled, 'PERHAPS'), 'VolumeAttachedError'],
            [when(volume !== own), 'InvalidInputError'],
            needsAvailableSnapshot(snapshot),
            [when(isTooLarge, surely(isSettled && snapshot.isSettled)), 'InvalidInputError'],
            [when(!isSettled || !snapshot.isSettled, 'PERHAPS'), 'InvalidInputError'],
          ],
          accept: () => touch(volume),
        })
      },
    ),
  )

const clone = fc.record({ which, name: fc.nat(5), larger: fc.constantFrom(0n, 0n, 4n) })

export const cloneSnapshot: fc.Arbitrary<Step> = clone.map(({ which: number, name, larger }) =>
  onSnapshot(`clone to v${name}`, number, (model, stack, snapshot, { replicas, cluster }) =>
    send(
      model,
      stack,
      creation(model, {
        name: `v${name}`,
        sizeBytes: snapshot.sizeBytes + larger * GIB,
        replicas,
        clone: {
          source: ['snapshotId', snapshot.id],
          cluster,
          checks: [
            needsAvailableSnapshot(snapshot),
            [when(!snapshot.isSettled, 'PERHAPS'), 'InvalidInputError'],
          ],
          fate: snapshot.fate,
        },
      }),
    ),
  ),
)

export const cloneVolume: fc.Arbitrary<Step> = clone.map(({ which: number, name, larger }) =>
  onVolume(`clone to v${name}`, number, (model, stack, volume) =>
    send(
      model,
      stack,
      creation(model, {
        name: `v${name}`,
        sizeBytes: (volume.handBytes ?? volume.sizeBytes) + larger * GIB,
        replicas: volume.replicas,
        clone: {
          source: ['volumeId', volume.id],
          cluster: volume.cluster,
          checks: [needsAvailable(volume), [when(!volume.isSettled, 'PERHAPS'), 'InvalidInputError']],
          fate: volume.isMissing ? 'FAILED' : 'ALIVE',
        },
      }),
    ),
  ),
)
