import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** `silent`: connections are taken and nothing passes. */
export type ProxyMode = 'open' | 'silent'

export interface TcpProxy {
  readonly endpoint: string
  /** Connections taken so far. */
  readonly taken: () => number
  /** From now on the address leads elsewhere; what was connected is cut. */
  readonly leadTo: (endpoint: string) => void
}

/** Another address of the cluster at `endpoint`; it is closed when the test ends. */
export async function startTcpProxy(endpoint: string, mode: ProxyMode): Promise<TcpProxy> {
  let goal = new URL(endpoint)
  const sockets = new Set<Socket>()
  let taken = 0
  const server = createServer((client) => {
    taken += 1
    sockets.add(client)
    client.on('close', () => sockets.delete(client)).on('error', () => client.destroy())
    if (mode !== 'silent') join(client, connect(Number(goal.port), goal.hostname))
  })
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    cutAll()
    server.close()
    await once(server, 'close')
  })
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => taken,
    leadTo: (next) => {
      goal = new URL(next)
      cutAll()
    },
  }
}

function join(client: Socket, cluster: Socket): void {
  client.pipe(cluster).pipe(client)
  client.on('close', () => cluster.destroy())
  cluster.on('close', () => client.destroy()).on('error', () => client.destroy())
}
