import type { ServerResponse } from 'node:http'
import { driverFor } from '@flotilla/drivers/driver-registry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { startOddServer } from './odd-server.ts'
import { listAll, volumeSpec } from './volume-spec.ts'

const lightos = driverFor('lightos')
const ID = '00000000-0000-4000-8000-000000000000'

/** What a real cluster or a proxy before it may say, and the simulator does not. */
describe('the lightos driver and odd answers', () => {
  it.each([
    ['a plain 404, as routers give', 404, 'Not Found'],
    ['a 404 in another JSON', 404, '{"error":"no route"}'],
    ['a 404 with its own number for a code', 404, '{"code":404,"message":"not found"}'],
    ['a 404 with a code that is none', 404, '{"code":0}'],
    ['a login page', 200, '<html>please log in</html>'],
    ['a list where one was asked for', 200, '{"volumes":[]}'],
    ['an empty object', 200, '{}'],
    ['no body', 200, ''],
    ['a redirect', 302, ''],
    ['another kind of success', 204, ''],
  ])(
    '%s never means that there is no such volume, nor that a creation was not done',
    async (_what, status, body) => {
      const session = await answering((response) => {
        response.writeHead(status, { location: '/elsewhere' }).end(body)
      })
      await expectFailure(session.findVolume('default', 'any'), 'UNAVAILABLE', 'MALFORMED_ANSWER')
      await expectFailure(session.findVolumeById('default', ID), 'UNAVAILABLE', 'MALFORMED_ANSWER')
      await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'MALFORMED_ANSWER')
    },
  )

  it("only the API's own 404 means that there is none", async () => {
    const session = await answering((response) => {
      response.writeHead(404).end('{"error":"volume not found","code":5}')
    })
    expect(await session.findVolume('default', 'any')).toBeNull()
    expect(await session.findVolumeById('default', ID)).toBeNull()
  })

  it('an answer about another volume than the one that was asked for is none', async () => {
    const session = await answering((response) => void response.end(JSON.stringify(wireVolume(0))))
    expect(await session.findVolumeById('default', ID)).toMatchObject({ name: 'volume-0' })
    const others = [
      session.findVolume('default', 'volume-1'),
      session.findVolumeById('default', ID.replace(/0$/, '1')),
      session.findVolumeById('elsewhere', ID),
    ]
    for (const other of others) await expectFailure(other, 'UNAVAILABLE', 'MALFORMED_ANSWER')
  })

  it('follows no redirect', async () => {
    const odd = await startOddServer((_request, response) => {
      response.writeHead(307, { location: '/api/v2/elsewhere' }).end()
    })
    const session = lightos.connect(odd.target)
    onTestFinished(() => session.close())
    await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'MALFORMED_ANSWER')
    expect(odd.requests()).toBe(1)
  })

  it.each([
    ['an operation in progress', 409, 10, 'aborted', 'UNAVAILABLE', 'BUSY'],
    ['a taken name', 409, 6, 'exists', 'REFUSED', 'NAME_TAKEN'],
    ['a lost race, the new way', 400, 9, 'ETag mismatch', 'REFUSED', 'PRECONDITION_FAILED'],
    ['a full cluster', 429, 8, 'not enough free physical storage', 'REFUSED', 'NO_SPACE'],
    ['a full cluster, as a precondition', 400, 9, 'cluster is full', 'REFUSED', 'NO_SPACE'],
    ['a queue that is full', 429, 8, 'too many commands in progress', 'UNAVAILABLE', 'THROTTLED'],
  ] as const)('a creation answered with %s', async (_what, status, code, message, outcome, reason) => {
    const session = await answering((response) => {
      response.writeHead(status).end(JSON.stringify({ code, message, error: message, details: [] }))
    })
    await expectFailure(session.createVolume(volumeSpec()), outcome, reason)
  })

  it('a 503 of a proxy leaves open whether a creation was done', async () => {
    const session = await answering((response) => void response.writeHead(503).end('upstream failed'))
    await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'BUSY')
    await expectFailure(session.findVolume('default', 'any'), 'UNAVAILABLE', 'BUSY')
  })

  it('reads Retry-After as a date', async () => {
    const session = await answering((response) => {
      const inAMinute = new Date(Date.now() + 60_000).toUTCString()
      response.writeHead(503, { 'retry-after': inAMinute }).end('{"code":14,"message":"not ready"}')
    })
    const error = await expectFailure(session.identify(), 'UNAVAILABLE', 'BUSY')
    expect(error.retryAfterMs).toBeGreaterThan(50_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('gives up on an answer that is too large', async () => {
    const session = await answering(async (response) => {
      const chunk = Buffer.alloc(1 << 20, 0x20)
      while (!response.destroyed) await new Promise((done) => response.write(chunk, done))
    })
    await expectFailure(session.observeStatistics(), 'UNAVAILABLE', 'ANSWER_TOO_LARGE')
    await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'ANSWER_TOO_LARGE')
  })

  it('notices an answer that breaks off', async () => {
    const session = await answering((response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('{"UUID":', () => response.socket?.destroy())
    })
    await expectFailure(session.identify(), 'UNAVAILABLE', 'CONNECT')
  })

  it('ends when the cluster gives the same page for ever', async () => {
    const volumes = Array.from({ length: 1_000 }, (_, index) => wireVolume(index))
    const session = await answering((response) => void response.end(JSON.stringify({ volumes })))
    const { message } = await expectFailure(listAll(session), 'UNAVAILABLE', 'MALFORMED_ANSWER')
    expect(message).toContain('pages repeat')
  })

  it('takes a state it does not know as work in progress', async () => {
    const session = await answering((response) => {
      response.end(JSON.stringify({ ...wireVolume(0), state: 'Levitating' }))
    })
    expect(await session.findVolume('default', 'volume-0')).toMatchObject({ state: 'UPDATING' })
  })

  it('shows no control characters of the cluster in a message, and no endless one', async () => {
    const session = await answering((response) => {
      const message = `\u001b[31mred\n${'x'.repeat(5_000)}`
      response.writeHead(400).end(JSON.stringify({ code: 3, message }))
    })
    const { message } = await expectFailure(session.identify(), 'REFUSED', 'INVALID_ARGUMENT')
    expect(message).toMatch(/^[\x20-\x7e]{1,500}$/)
  })

  async function answering(answer: (response: ServerResponse) => void) {
    const { target } = await startOddServer((_request, response) => answer(response))
    const session = lightos.connect(target)
    onTestFinished(() => session.close())
    return session
  }
})

function wireVolume(index: number) {
  return {
    UUID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: `volume-${index}`,
    projectName: 'default',
    size: '4096',
    replicaCount: 1,
    state: 'Available',
  }
}
