import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Chance } from './chance.ts'
import type { FaultKind } from './fault-plan.ts'
import type { MemoryRecords } from './memory-records.ts'
import type { ModelCluster } from './model-cluster.ts'
import type { SimulatedServer } from './simulated-server.ts'
import type { SimulatedWorker } from './simulated-worker.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What things go wrong with. */
export interface World {
  readonly chance: Chance
  readonly time: VirtualTime
  readonly records: MemoryRecords
  readonly clusters: ReadonlyMap<ClusterId, ModelCluster>
  readonly workers: readonly SimulatedWorker[]
  readonly servers: readonly SimulatedServer[]
  readonly cutOff: Set<ModelCluster>
  readonly astray: Set<ModelCluster>
  count(kind: FaultKind): void
  note(line: string): void
}

const GIB = 1n << 30n
/** Longer than leases, and now and then longer than any request may be under way. */
const FREEZES_MS = [2_000, 12_000, 35_000, 60_000, 150_000]

/** Lets one thing go wrong, now. */
export function happen(world: World, kind: FaultKind): void {
  const { chance, time } = world
  const cluster = chance.pick([...world.clusters.values()])
  const worker = chance.pick(world.workers)
  const server = chance.pick(world.servers)
  const forAWhile = (begin: () => void, end: () => void, longestMs = 40_000) => {
    begin()
    time.after(chance.whole(500, longestMs), end)
  }
  world.count(kind)
  world.note(`${kind} ${cluster.id.slice(-4)} ${worker.process.name} ${server.process.name}`)
  switch (kind) {
    case 'WORKER_KILLED':
      worker.kill()
      time.after(chance.whole(100, 5_000), () => worker.restart())
      return
    case 'WORKER_FROZEN':
      worker.process.freeze(chance.pick(FREEZES_MS))
      return
    case 'WORKER_CLOCK_JUMPS':
      worker.process.jump(chance.whole(1_000, 600_000))
      return
    case 'SERVER_KILLED':
      server.kill()
      time.after(chance.whole(100, 5_000), () => server.restart())
      return
    case 'SERVER_FROZEN':
      server.process.freeze(chance.whole(1_000, 20_000))
      return
    case 'PARTITION':
      forAWhile(
        () => world.cutOff.add(cluster),
        () => world.cutOff.delete(cluster),
      )
      return
    case 'FLAPPING':
      forAWhile(
        () => world.cutOff.add(cluster),
        () => world.cutOff.delete(cluster),
        3_000,
      )
      return
    case 'FULL':
      forAWhile(
        () => {
          cluster.isFull = true
        },
        () => {
          cluster.isFull = false
        },
      )
      return
    case 'HUSKS':
      cluster.failNextCreates = chance.whole(1, 3)
      return
    case 'MISREPORT':
      forAWhile(
        () => {
          cluster.misreportedBytes = BigInt(chance.whole(-40, 40)) * GIB
        },
        () => {
          cluster.misreportedBytes = 0n
        },
      )
      return
    case 'OTHER_IDENTITY':
      // Until it has shown itself once there is nothing that another identity could be told from.
      if (world.records.cluster(cluster.id).backendId === null) return
      forAWhile(
        () => world.astray.add(cluster),
        () => world.astray.delete(cluster),
        15_000,
      )
      return
    case 'POLL_NOW':
      worker.poll(cluster.id)
      return
    default:
      actBehindOurBack(world, kind, cluster)
  }
}

function actBehindOurBack({ chance }: World, kind: FaultKind, cluster: ModelCluster): void {
  const held = [...cluster.volumes.values()].filter(({ state }) => state === 'AVAILABLE')
  const foreign = held.filter(({ madeBy }) => madeBy === 'OTHERS')
  const ours = held.filter(({ madeBy }) => madeBy === 'US')
  switch (kind) {
    case 'FOREIGN_CREATE': {
      if (cluster.isFull) return
      const name = `foreign-${chance.whole(1, 1_000_000)}`
      if (cluster.find('others', name)) return
      cluster.isGrownByOthers = true
      const sizeBytes = BigInt(chance.whole(1, 12)) * GIB
      const spec = {
        name,
        project: 'others',
        sourceSnapshotId: null,
        sizeBytes,
        replicas: 2,
        compression: false,
      }
      cluster.create({ ...spec, qosPolicy: null, labels: {} }, 'OTHERS')
      return
    }
    case 'FOREIGN_DELETE':
      if (foreign.length > 0) cluster.vanish(chance.pick(foreign).backendId, 'OTHERS')
      return
    case 'VANISHED':
      if (ours.length > 0) cluster.vanish(chance.pick(ours).backendId, 'OTHERS')
      return
    case 'FOREIGN_RESIZE': {
      if (ours.length === 0 || cluster.isFull) return
      const { backendId, sizeBytes } = chance.pick(ours)
      cluster.isGrownByOthers = true
      cluster.change(backendId, { sizeBytes: sizeBytes + BigInt(chance.whole(1, 8)) * GIB }, null, 'OTHERS')
      return
    }
    default:
      throw new Error(`${kind} does not happen by itself`)
  }
}
