import type { ClusterDataPath } from '@flotilla/core/clusters/data-path'
import { nvmeNameFault } from '@flotilla/core/hosts/nvme-name'

/** An IP address, an IPv6 one in brackets, or a DNS name, and a port: what may stand in a command line. */
const ENDPOINT = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?):\d{1,5}$/i

/** Null when the cluster names no subsystem that can be one; addresses that cannot be any are left out. */
export function toDataPath(wire: ClusterDataPath): ClusterDataPath | null {
  const { subsystemNqn, discoveryEndpoints, nvmeEndpoints } = wire
  if (nvmeNameFault(subsystemNqn) !== null) return null
  return {
    subsystemNqn,
    discoveryEndpoints: discoveryEndpoints.filter((endpoint) => ENDPOINT.test(endpoint)),
    nvmeEndpoints: nvmeEndpoints.filter((endpoint) => ENDPOINT.test(endpoint)),
  }
}
