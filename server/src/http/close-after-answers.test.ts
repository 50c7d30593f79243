import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startTestServer } from '../../test/start-test-server.ts'

test('W2: a stop waits for the request under way, and not for the connection that its caller would keep', async () => {
  const { server, tokens } = await startTestServer({ drainMs: 60_000 })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const body = JSON.stringify({ query: '{ fleet { clusterCount } }' })
  const sending = request(`${server.url}/graphql`, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens.ADMIN}`,
      'content-type': 'application/json',
      'content-length': body.length,
    },
  })
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>
  sending.write(body.slice(0, 5))
  await once(sending, 'socket').then(([socket]) => (socket.connecting ? once(socket, 'connect') : null))
  await fetch(`${server.url}/livez`)
  const closed = server.close()
  sending.end(body.slice(5))
  const [answer] = await answered
  expect(answer.statusCode).toBe(200)
  expect(answer.headers.connection).toBe('close')
  expect(await json(answer)).toMatchObject({ data: { fleet: {} } })
  await closed
})
