import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import findMyWay from 'find-my-way'
import { z } from 'zod'
import { Refusal } from '../cluster/refusal.ts'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { conditionRoutes } from './condition-routes.ts'
import type { ControlRoute } from './control-route.ts'
import { faultRoutes } from './fault-routes.ts'
import { foreignRoutes } from './foreign-routes.ts'
import { readingRoutes } from './reading-routes.ts'

export interface ControlServer {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

interface ControlAnswer {
  readonly status: number
  readonly value: unknown
}

const ROUTES: readonly ControlRoute[] = [
  ...readingRoutes,
  ...faultRoutes,
  ...conditionRoutes,
  ...foreignRoutes,
]
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const router = findMyWay()
for (const route of ROUTES) router.on(route.method, route.path, () => {}, route)

/** Plain HTTP with JSON for whoever runs the simulator. It asks for no token, so it listens on loopback only. */
export async function startControlServer(
  fleet: readonly SimulatedCluster[],
  wantedPort: number,
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    void answer(fleet, request).then(({ status, value }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(value, decimalBigints, 2)}\n`)
    })
  })
  server.listen(wantedPort, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(fleet: readonly SimulatedCluster[], request: IncomingMessage): Promise<ControlAnswer> {
  try {
    if (request.method === 'GET' && request.url === '/') return { status: 200, value: overview() }
    const method = METHODS.find((candidate) => candidate === request.method)
    const found = method && router.find(method, request.url ?? '')
    if (!found) return { status: 404, value: { error: 'no such route; GET / lists them' } }
    const { name = 'all', uuid = '' } = found.params
    const clusters = name === 'all' ? fleet : fleet.filter((cluster) => cluster.name === name)
    if (clusters.length === 0) return { status: 404, value: { error: `no cluster is called ${name}` } }
    const body = await bodyOf(request)
    const value = await (found.store as ControlRoute).handle({ clusters, uuid, body })
    return { status: 200, value: value ?? {} }
  } catch (error) {
    return errorAnswer(error)
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const isEmpty = request.headers['content-length'] === undefined && !request.headers['transfer-encoding']
  return isEmpty ? {} : json(request)
}

function errorAnswer(error: unknown): ControlAnswer {
  if (error instanceof z.ZodError) return { status: 400, value: { error: z.prettifyError(error) } }
  if (error instanceof SyntaxError) return { status: 400, value: { error: 'the body is not JSON' } }
  if (error instanceof Refusal) {
    return { status: error.code === 'NotFound' ? 404 : 400, value: { error: error.message } }
  }
  return { status: 500, value: { error: String(error) } }
}

function overview(): unknown {
  return {
    note: 'A cluster name in a path may be "all". Sizes are bytes or carry a binary unit.',
    routes: ROUTES.map(({ method, path, summary }) => `${method} ${path} - ${summary}`),
  }
}

function decimalBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
