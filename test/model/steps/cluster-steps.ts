import fc from 'fast-check'
import { clusterNamed, recordOf } from '../../testkit/data-life.ts'
import {
  clonesOf,
  foreignBytes,
  type Model,
  type ModelCluster,
  type ModelVolume,
  snapshotsOf,
} from '../model.ts'
import { pick, type Step, send, step } from '../step.ts'
import { GIB, which } from './volume-steps.ts'

export const admit: fc.Arbitrary<Step> = fc
  .record({ which, adminState: fc.constantFrom('ACTIVE', 'CORDONED', 'ACTIVE') })
  .map(({ which: number, adminState }) =>
    step(`make cluster ${number} ${adminState}`, async (model, stack) => {
      const cluster = pick(model.clusters, number)
      if (!cluster) return
      await send(model, stack, {
        field: 'updateCluster',
        input: { id: cluster.id, adminState },
        checks: [],
        accept() {
          cluster.isCordoned = adminState === 'CORDONED'
        },
      })
    }),
  )

export const pollNow: fc.Arbitrary<Step> = which.map((number) =>
  step(`poll cluster ${number}`, async (model, stack) => {
    const id = pick(model.clusters, number)?.id
    await send(model, stack, { field: 'refreshCluster', input: { id }, checks: [], accept() {} })
  }),
)

export const partition: fc.Arbitrary<Step> = fc
  .record({ which, connectivity: fc.constantFrom('refused', 'silent', 'open', 'open') })
  .map(({ which: number, connectivity }) =>
    step(`make cluster ${number} ${connectivity}`, async (model, stack) => {
      await clusterNamed(stack, pick(model.clusters, number)?.name).setConnectivity(connectivity)
    }),
  )

function count(cluster: ModelCluster): void {
  const bytes = foreignBytes(cluster)
  if (bytes < cluster.leastForeign) cluster.leastForeign = bytes
  if (bytes > cluster.mostForeign) cluster.mostForeign = bytes
}

/** Somebody makes a volume of his own. */
export const makeForeign: fc.Arbitrary<Step> = fc
  .record({ which, gib: fc.constantFrom(1n, 5n, 30n) })
  .map(({ which: number, gib }) =>
    step(`make a foreign volume of ${gib} GiB on cluster ${number}`, (model, stack) => {
      const cluster = pick(model.clusters, number)
      if (!cluster) return
      const name = `theirs-${model.project}-${++model.serial}`
      const { uuid, replicaCount } = clusterNamed(stack, cluster.name).createForeignVolume({
        name,
        sizeBytes: gib * GIB,
      })
      cluster.foreign.set(uuid, { name, bytes: gib * GIB * BigInt(replicaCount) })
      count(cluster)
    }),
  )

export const dropForeign: fc.Arbitrary<Step> = which.map((number) =>
  step(
    `delete a foreign volume on cluster ${number}`,
    (model, stack) => {
      const cluster = pick(model.clusters, number)
      const [uuid] = cluster?.foreign.keys() ?? []
      if (!cluster || !uuid) return
      clusterNamed(stack, cluster.name).deleteVolume(uuid)
      cluster.foreign.delete(uuid)
      count(cluster)
    },
    ({ clusters }) => clusters.some(({ foreign }) => foreign.size > 0),
  ),
)

/** At rest for sure, with nothing that would notice in its own way. */
function isUntouched(model: Readonly<Model>, volume: ModelVolume): boolean {
  const near = [volume, ...snapshotsOf(model, volume), ...clonesOf(model, volume)]
  return volume.fate === 'ALIVE' && !volume.isMissing && near.every(({ isSettled }) => isSettled)
}

function isAlone(model: Readonly<Model>, volume: ModelVolume): boolean {
  const near = [...snapshotsOf(model, volume), ...clonesOf(model, volume)]
  return isUntouched(model, volume) && volume.sourceId === null && near.length === 0
}

function behindOurBack(
  text: string,
  number: number,
  isPossible: (model: Readonly<Model>, volume: ModelVolume) => boolean,
  change: (volume: ModelVolume, cluster: ReturnType<typeof clusterNamed>, uuid: string) => void,
): Step {
  return step(
    `${text} volume ${number} behind our back`,
    async (model, stack) => {
      const volume = pick(
        model.volumes.filter((each) => isPossible(model, each)),
        number,
      )
      if (!volume) return
      const backendName = `flo-${volume.id.slice('vol_'.length)}`
      const record = recordOf(stack, { cluster: { id: '', name: volume.cluster }, backendName })
      if (!record) throw new Error(`${volume.id} should be on ${volume.cluster}`)
      change(volume, clusterNamed(stack, volume.cluster), record.uuid)
    },
    (model) => model.volumes.some((each) => isPossible(model, each)),
  )
}

export const loseVolume: fc.Arbitrary<Step> = which.map((number) =>
  behindOurBack('delete', number, isAlone, (volume, cluster, uuid) => {
    cluster.deleteVolume(uuid)
    volume.isMissing = true
    volume.isSettled = false
  }),
)

export const growVolume: fc.Arbitrary<Step> = fc
  .record({ which, gib: fc.constantFrom(1n, 7n) })
  .map(({ which: number, gib }) =>
    behindOurBack(`grow by ${gib} GiB`, number, isUntouched, (volume, cluster, uuid) => {
      const bytes = (volume.handBytes ?? volume.sizeBytes) + gib * GIB
      cluster.resizeVolume(uuid, bytes)
      volume.handBytes = bytes
      volume.isHandFresh = true
      if (bytes > volume.mostBytes) volume.mostBytes = bytes
    }),
  )
