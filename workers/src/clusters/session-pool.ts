import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import { driverFor } from '@flotilla/drivers/driver-registry'
import type { ClusterAccess } from '@flotilla/prisma/clusters/cluster-access'

export interface SessionPool {
  /** The live way to a cluster; made anew when its endpoints, TLS or credential have changed. */
  open(
    clusterId: ClusterId,
    driver: string,
    openAccess: () => Promise<ClusterAccess>,
  ): Promise<ClusterSession>
  close(): Promise<void>
}

/** Keeps one session for each cluster, so that connections and signed tokens are reused. */
export function createSessionPool(requestTimeoutMs: number): SessionPool {
  const sessions = new Map<ClusterId, { version: string; session: ClusterSession }>()
  return {
    async open(clusterId, driver, openAccess) {
      const { version, ...access } = await openAccess()
      const present = sessions.get(clusterId)
      if (present?.version === version) return present.session
      const session = driverFor(driver).connect({ ...access, requestTimeoutMs })
      sessions.set(clusterId, { version, session })
      void present?.session.close()
      return session
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ session }) => session.close()))
      sessions.clear()
    },
  }
}
