import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sirv from 'sirv'

export interface WebFiles {
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

/**
 * The web application: files of the folder, and its start page for every other path, which the application itself
 * understands. Files under assets/ carry a hash in their names and may be kept for ever.
 *
 * They are served from a copy of our own: a build that replaces the folder while we read from it would end the process
 * with an error of a stream that nobody listens to.
 */
export function serveWebFiles(folder: string): WebFiles {
  if (!existsSync(join(folder, 'index.html'))) return { handle: notBuilt, close() {} }
  const copy = mkdtempSync(join(tmpdir(), 'flotilla-web-'))
  cpSync(folder, copy, { recursive: true })
  const serve = sirv(copy, {
    single: true,
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(response, path) {
      const isHashed = path.startsWith('/assets/')
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return {
    handle: (request, response) => serve(request, response, () => notFound(response)),
    close: () => rmSync(copy, { recursive: true, force: true }),
  }
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
