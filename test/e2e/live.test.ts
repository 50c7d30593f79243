import type { WebSocketRoute } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { ApiClient } from '../testkit/api-client.ts'
import { useBrowser, visit } from './visit.ts'

useBrowser()

const CREATE = `mutation ($input: CreateVolumeInput!) {
  createVolume(input: $input) { __typename ... on Error { message } }
}`

test('what others do appears by itself', async () => {
  await visit('/volumes?q=e2e-other', async (page) => {
    await page.getByLabel('Connection: Live').waitFor()
    await createVolume('e2e-other')
    await page.getByRole('row', { name: 'e2e-other' }).getByText('Available').waitFor()
  })
})

test('after an interruption the page resumes behind the last change it saw', async () => {
  await visit('/', async (page) => {
    const sockets: WebSocketRoute[] = []
    const cursors: unknown[] = []
    await page.routeWebSocket('**/graphql', (socket) => {
      sockets.push(socket)
      const server = socket.connectToServer()
      socket.onMessage((message) => {
        const { type, payload } = JSON.parse(String(message))
        if (type === 'subscribe') cursors.push(payload.variables.after)
        server.send(message)
      })
    })
    await page.reload()
    await page.getByLabel('Connection: Live').waitFor()

    await sockets.at(-1)?.close({ code: 1011 })
    await page.getByLabel('Connection: Reconnecting').waitFor()
    await page.getByLabel('Connection: Live').waitFor()
    expect(cursors[0]).toBeNull()
    expect(cursors.at(-1)).toEqual(expect.any(String))
  })
})

async function createVolume(name: string): Promise<void> {
  const api = new ApiClient(inject('url'), inject('token'))
  const { createVolume } = await api.ask<{ createVolume: { __typename: string } }>(CREATE, {
    input: { idempotencyKey: name, name, sizeBytes: '1073741824' },
  })
  expect(createVolume.__typename).toBe('CreateVolumePayload')
}
