import type { Server, ServerResponse } from 'node:http'

/**
 * From the call of what it answers on, each connection ends with its next answer. Callers that keep theirs would else hold up the stop
 * until the drain time is over, and be cut in the middle of a request then.
 */
export function closeAfterAnswers(server: Server): () => void {
  const unanswered = new Set<ServerResponse>()
  let isClosing = false
  // Before the handler, which may answer at once.
  server.prependListener('request', (_request, response: ServerResponse) => {
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
    if (isClosing) response.setHeader('connection', 'close')
  })
  return () => {
    isClosing = true
    for (const response of unanswered) {
      if (!response.headersSent) response.setHeader('connection', 'close')
    }
  }
}
