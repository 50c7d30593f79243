import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import { driverFor } from '@flotilla/drivers/driver-registry'

/** Polls have connections of their own: they must not queue behind work on volumes, and look like a sick cluster. */
export type SessionPurpose = 'POLL' | 'VOLUMES'

export interface SessionPool {
  /**
   * The live way to a cluster; made anew when its endpoints, TLS, credential or identity have changed. Who has the one from
   * before may end his work with it.
   */
  open(
    purpose: SessionPurpose,
    clusterId: ClusterId,
    driver: string,
    openAccess: () => Promise<ClusterAccess>,
  ): Promise<ClusterSession>
  close(): Promise<void>
}

/** Longer than anybody works on a volume under one lease. Polls of a cluster follow one another. */
const LINGER_MS = 60_000

/** Keeps the sessions, so that connections and signed tokens are reused. */
export function createSessionPool(requestTimeoutMs: number): SessionPool {
  const sessions = new Map<string, { version: string; session: ClusterSession }>()
  const lingering = new Map<ClusterSession, NodeJS.Timeout>()

  const closeLater = (session: ClusterSession): void => {
    const timer = setTimeout(() => {
      lingering.delete(session)
      void session.close()
    }, LINGER_MS)
    lingering.set(session, timer.unref())
  }

  return {
    async open(purpose, clusterId, driver, openAccess) {
      const { version, ...access } = await openAccess()
      const key = `${purpose}/${clusterId}`
      const present = sessions.get(key)
      if (present?.version === version) return present.session
      const session = driverFor(driver).connect({ ...access, requestTimeoutMs })
      sessions.set(key, { version, session })
      if (present) closeLater(present.session)
      return session
    },
    async close() {
      for (const timer of lingering.values()) clearTimeout(timer)
      const open = [...[...sessions.values()].map(({ session }) => session), ...lingering.keys()]
      await Promise.all(open.map((session) => session.close()))
      sessions.clear()
      lingering.clear()
    },
  }
}
