import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import { driverFor } from '@flotilla/drivers/driver-registry'

/** Polls have connections of their own: they must not queue behind work on volumes, and look like a sick cluster. */
export type SessionPurpose = 'POLL' | 'VOLUMES'

export interface SessionPool {
  /** The live way to a cluster; made anew when its endpoints, TLS, credential or identity have changed. */
  open(
    purpose: SessionPurpose,
    clusterId: ClusterId,
    driver: string,
    openAccess: () => Promise<ClusterAccess>,
  ): Promise<ClusterSession>
  close(): Promise<void>
}

/** Keeps the sessions, so that connections and signed tokens are reused. */
export function createSessionPool(requestTimeoutMs: number): SessionPool {
  const sessions = new Map<string, { version: string; session: ClusterSession }>()
  return {
    async open(purpose, clusterId, driver, openAccess) {
      const { version, ...access } = await openAccess()
      const key = `${purpose}/${clusterId}`
      const present = sessions.get(key)
      if (present?.version === version) return present.session
      const session = driverFor(driver).connect({ ...access, requestTimeoutMs })
      sessions.set(key, { version, session })
      void present?.session.close()
      return session
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ session }) => session.close()))
      sessions.clear()
    },
  }
}
