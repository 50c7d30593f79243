import type { ClusterDriver } from '@flotilla/core/ports/cluster-driver'
import { LightosSession } from './lightos-session.ts'

/**
 * Works with LightOS clusters over their REST API v2. `connect` throws DriverError REFUSED/INVALID_ARGUMENT for
 * endpoints that are not `https://host:port` and for a CA that is no certificate.
 */
export const lightosDriver: ClusterDriver = {
  kind: 'lightos',
  connect: (target) => new LightosSession(target),
}
