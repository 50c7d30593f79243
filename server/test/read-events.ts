import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { TOKENS } from './start-test-server.ts'

// biome-ignore lint/suspicious/noExplicitAny: events are looked into freely
type Message = any

/** Opens a subscription by server-sent events; `next` waits for one result. */
export async function subscribeBySse(url: string, query: string, variables: object = {}) {
  const stop = new AbortController()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKENS.VIEWER}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query, variables }),
    signal: stop.signal,
  })
  const results = readResults(response)
  return {
    response,
    next: async (): Promise<Message> => (await results.next()).value,
    close: () => stop.abort(),
  }
}

async function* readResults(response: Response): AsyncGenerator<Message> {
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data) yield JSON.parse(data)
    }
  }
}

/** A client as browsers have it, with a token in its connection's parameters. */
export function connectByWebSocket(url: string, token: string, headers: Record<string, string> = {}): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    lazy: true,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, { headers })
      }
    },
  })
}
