import { startStack } from '../../testkit/stack.ts'
import { startChild } from '../child.ts'
import { cpuMsOf } from '../cpu-time.ts'
import type { FleetMember } from '../polling/fleet-program.ts'
import { memoryMib } from '../process-memory.ts'
import { registerMembers } from '../register-members.ts'
import type { ListOrder } from './list-volumes.ts'

const POLL_INTERVAL_MS = 10_000

/** What a worker process takes that lists so many clusters of so many volumes, all at once, as it does when they join together. */
export interface WorkerMemory {
  readonly mib: number
  readonly peakMib: number
  readonly cpuSeconds: number
}

export async function workerMemory(clusters: number, volumesPerCluster: number): Promise<WorkerMemory> {
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
    const pid = stack.worker.pid ?? 0
    const [mibBefore, cpuBefore] = [memoryMib(pid, 'VmRSS'), cpuMsOf(pid)]
    await registerMembers(
      stack,
      targets.map(
        ({ endpoint, certificateSha256 }, number): FleetMember => ({
          name: `fabricated-${number + 1}`,
          endpoint,
          fingerprintSha256: certificateSha256,
          token: 'any',
        }),
      ),
    )
    const peakMib = memoryMib(pid, 'VmHWM')
    return { mib: peakMib - mibBefore, peakMib, cpuSeconds: (cpuMsOf(pid) - cpuBefore) / 1_000 }
  } finally {
    await stack.close()
    await Promise.all(fabricated.map((each) => each.stop()))
  }
}
