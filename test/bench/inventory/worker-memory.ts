import { type Stack, startStack } from '../../testkit/stack.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import { adoptAll } from '../adopt-all.ts'
import { changeClusters } from '../change-clusters.ts'
import { startChild } from '../child.ts'
import { cpuMsOf } from '../cpu-time.ts'
import type { FleetMember } from '../polling/fleet-program.ts'
import { memoryMib } from '../process-memory.ts'
import { registerMembers } from '../register-members.ts'
import type { ListOrder } from './list-volumes.ts'

const POLL_INTERVAL_MS = 10_000
const LISTED_WITHIN_MS = 1_800_000

/** What a worker process takes that lists so many clusters of so many volumes, all at once. */
export interface WorkerMemory {
  readonly mib: number
  readonly peakMib: number
  readonly cpuSeconds: number
}

/** As they join together, with volumes of somebody else's. */
export function workerMemory(clusters: number, volumesPerCluster: number): Promise<WorkerMemory> {
  return withFabricated(clusters, volumesPerCluster, (stack, members) =>
    measure(stack, () => registerMembers(stack, members)),
  )
}

/** Of a worker that has just started, of clusters that it knows from before and volumes that are all our own. */
export function ownVolumesMemory(clusters: number, volumesPerCluster: number): Promise<WorkerMemory> {
  return withFabricated(clusters, volumesPerCluster, async (stack, members) => {
    await registerMembers(stack, members)
    await adoptAll(stack, clusters * volumesPerCluster)
    return await listAgain(stack)
  })
}

async function withFabricated<T>(
  clusters: number,
  volumesPerCluster: number,
  work: (stack: Stack, members: readonly FleetMember[]) => Promise<T>,
): Promise<T> {
  const fabricated = Array.from({ length: clusters }, (_, number) =>
    startChild(new URL('fabricated-cluster.ts', import.meta.url), [
      String(volumesPerCluster),
      String(number + 1),
    ]),
  )
  const stack = await startStack({
    fleet: { clusters: 0 },
    register: false,
    pollIntervalMs: POLL_INTERVAL_MS,
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    const targets = await Promise.all(fabricated.map((each) => each.receive<Omit<ListOrder, 'how'>>('ready')))
    const members = targets.map(
      ({ endpoint, certificateSha256 }, number): FleetMember => ({
        name: `fabricated-${number + 1}`,
        endpoint,
        fingerprintSha256: certificateSha256,
        token: 'any',
      }),
    )
    return await work(stack, members)
  } finally {
    await stack.close()
    await Promise.all(fabricated.map((each) => each.stop()))
  }
}

async function measure({ worker }: Stack, work: () => Promise<void>): Promise<WorkerMemory> {
  const pid = worker.pid ?? 0
  const [mibBefore, cpuBefore] = [memoryMib(pid, 'VmRSS'), cpuMsOf(pid)]
  await work()
  const peakMib = memoryMib(pid, 'VmHWM')
  return { mib: peakMib - mibBefore, peakMib, cpuSeconds: (cpuMsOf(pid) - cpuBefore) / 1_000 }
}

async function listAgain(stack: Stack): Promise<WorkerMemory> {
  const { sql, worker } = stack
  await worker.stop()
  const { rows } = await sql.query<{ since: Date }>('SELECT clock_timestamp() AS since')
  await worker.start()
  return await measure(stack, async () => {
    await changeClusters(stack, 'inventory_due_at = clock_timestamp(), next_poll_at = clock_timestamp()')
    // A poll without an inventory comes when all of the one before is done.
    await waitUntil(
      'every cluster to be listed again',
      async () => {
        const left = await sql.query(
          `SELECT 1 FROM cluster_capacity WHERE NOT (inventory_at > $1 AND observed_at > inventory_at)`,
          [rows[0]?.since],
        )
        return left.rowCount === 0
      },
      LISTED_WITHIN_MS,
    )
  })
}
