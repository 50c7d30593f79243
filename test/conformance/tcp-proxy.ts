import { onTestFinished } from 'vitest'
import { FaultProxy, type ProxyMode } from '../testkit/fault-proxy.ts'

export interface TcpProxy {
  readonly endpoint: string
  /** Connections taken so far. */
  readonly taken: () => number
  /** From now on the address leads elsewhere; what was connected is cut. */
  readonly leadTo: (endpoint: string) => void
}

/** Another address of the cluster at `endpoint`; it is closed when the test ends. */
export async function startTcpProxy(endpoint: string, mode: ProxyMode): Promise<TcpProxy> {
  const proxy = await FaultProxy.start(addressOf(endpoint), mode)
  onTestFinished(() => proxy.close())
  return {
    endpoint: `https://${proxy.host}:${proxy.port}`,
    taken: () => proxy.taken,
    leadTo: (next) => proxy.leadTo(addressOf(next)),
  }
}

function addressOf(endpoint: string) {
  const { hostname, port } = new URL(endpoint)
  return { host: hostname, port: Number(port) }
}
