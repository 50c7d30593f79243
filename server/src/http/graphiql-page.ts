import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { GRAPHQL_PATH } from '../graphql/create-yoga.ts'

const compress = promisify(gzip)

const FIRST_QUERY = `# Queries need a token: put {"Authorization": "Bearer flo_..."} into Headers below.
query Clusters {
  clusters {
    nodes {
      name
      connection
      capacity { provisionedRatio effectiveBytes observedAt }
    }
  }
}
`

/** Headers that a page of a former release has left on the device: a token among them, for whoever opens it next. */
const FORGET_HEADERS = `<script>localStorage.removeItem('graphiql:headers')</script>`

let page: Promise<Buffer> | null = null

/** GraphiQL from our own files. The page is 9 MB, so it is made when first asked for and kept compressed. */
export async function serveGraphiql(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    response
      .writeHead(406, { 'content-type': 'text/plain' })
      .end('this page is only served compressed (gzip)')
    return
  }
  page ??= renderPage()
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': 'gzip',
    'cache-control': 'private, max-age=3600',
  })
  response.end(await page)
}

async function renderPage(): Promise<Buffer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL({
    title: 'Flotilla GraphiQL',
    endpoint: GRAPHQL_PATH,
    defaultQuery: FIRST_QUERY,
    // GraphiQL's own headers, which a GET of the schema would need.
    headers: JSON.stringify({ Authorization: 'Bearer ' }),
    // A token is forgotten with the page; unless told so, they are kept on the device for good.
    shouldPersistHeaders: false,
  })
  return compress(html.replace('<head>', `<head>${FORGET_HEADERS}`))
}
