import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * The web application: files of the folder, and its start page for every other path, which the application itself
 * understands. Files under assets/ carry a hash in their names and may be kept for ever.
 */
export function serveWebFiles(folder: string): Handler {
  if (!existsSync(join(folder, 'index.html'))) return notBuilt
  const serve = sirv(folder, {
    single: true,
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(response, path) {
      const isHashed = path.startsWith('/assets/')
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request, response) => serve(request, response, () => notFound(response))
}

function notBuilt(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    'The web application has not been built. The API is at /graphql, a page for it at /graphiql.\n',
  )
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n')
}
