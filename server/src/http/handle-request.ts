import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { GRAPHQL_PATH } from '../graphql/create-yoga.ts'
import { serveGraphiql } from './graphiql-page.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { type ApiOptions, serveApi } from './serve-api.ts'

export interface RequestHandlerOptions extends ApiOptions {
  /** Why the server cannot do its work now; `null` when it can. */
  readonly findProblem: () => Promise<string | null>
  readonly serveWebFiles: RequestListener
}

/** Sends each request to where it belongs: the API, GraphiQL, one of the two probes, or the web application's files. */
export function createRequestHandler(options: RequestHandlerOptions): RequestListener {
  return (request, response) => {
    route(request, response, options).catch((error: unknown) => {
      options.log.error({ err: error }, 'request failed')
      if (response.headersSent) response.destroy()
      else answerText(response, 500, 'something went wrong on our side')
    })
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: RequestHandlerOptions,
): Promise<void> {
  const path = request.url?.split('?')[0]
  setSecurityHeaders(response, path === '/graphiql' ? 'graphiql' : 'other')
  if (path === GRAPHQL_PATH) return serveApi(request, response, options)
  if (path === '/livez') return answerText(response, 200, 'ok')
  if (path === '/readyz') {
    const problem = await options.findProblem()
    return answerText(response, problem ? 503 : 200, problem ?? 'ok')
  }
  if (path === '/graphiql') return serveGraphiql(request, response)
  options.serveWebFiles(request, response)
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}
