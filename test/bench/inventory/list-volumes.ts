import { compactVolumes } from '@flotilla/core/polling/compact-volumes'
import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { lightosDriver } from '@flotilla/drivers/lightos/lightos-driver'

export interface ListOrder {
  readonly endpoint: string
  readonly certificateSha256: string
  readonly backendId: string
  readonly how: 'COMPACT' | 'ALL'
}

const REQUEST_TIMEOUT_MS = 60_000
const MIB = 1024 * 1024

/** Reads one inventory by the driver, as a poll does, and says what memory that took beyond what the process had before. */
process.once('message', async ({ endpoint, certificateSha256, backendId, how }: ListOrder) => {
  const session = lightosDriver.connect({
    endpoints: [endpoint],
    tls: { mode: 'PINNED', certificateSha256 },
    credential: { kind: 'TOKEN', token: 'any' },
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    expectedBackendId: backendId,
  })
  const before = process.memoryUsage.rss()
  const cpuBefore = process.cpuUsage()
  const kept = how === 'COMPACT' ? await compact(session) : await gather(session)
  const { user, system } = process.cpuUsage(cpuBefore)
  const peakMib = process.resourceUsage().maxRSS / 1024
  const result = { kept, mib: peakMib - before / MIB, peakMib, cpuSeconds: (user + system) / 1_000_000 }
  process.send?.({ type: 'done', ...result }, () => process.exit(0))
})
process.send?.({ type: 'ready' })

async function compact(session: ClusterSession): Promise<number> {
  const none = new Set<string>()
  const means = {
    readKnown: async () => ({ own: none, foreign: none }),
    projects: none,
    readSnapshotsOf: async () => none,
  }
  return (await compactVolumes(session.listVolumes(), means)).volumes.length
}

/** The yardstick: everything is kept until the end. */
async function gather(session: ClusterSession): Promise<number> {
  const all: BackendVolume[] = []
  for await (const page of session.listVolumes()) all.push(...page)
  return all.length
}
