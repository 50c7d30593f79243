import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { FaultProxy } from './fault-proxy.ts'
import { waitUntil } from './wait-until.ts'

const LARGE = Buffer.alloc(300_000, 'x')

/** What the server has received, over all connections. */
let received = ''
let proxy: FaultProxy

/** Answers `echo:` and what it was sent. */
beforeEach(async () => {
  received = ''
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('end', () => socket.end())
    socket.on('data', (data) => {
      received += data
      socket.write(`echo:${data}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await FaultProxy.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  onTestFinished(async () => {
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})

/** A client, what it has got so far, and how it ended: with a FIN, with a reset, or not yet. */
async function dial() {
  const socket = connect(proxy.port, proxy.host)
  onTestFinished(() => void socket.destroy())
  const client = { socket, got: '', end: 'open', pieces: 0 }
  socket.on('data', (data) => {
    client.got += data
    client.pieces += 1
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    client.end = error.code ?? 'error'
  })
  socket.on('end', () => {
    client.end = 'ended'
  })
  await once(socket, 'connect')
  return client
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

const untilGot = (client: { got: string }, text: string) => waitUntil(`"${text}"`, () => client.got === text)

test('without faults all bytes pass, both ways, and the end does too', async () => {
  const client = await dial()
  client.socket.write(LARGE)
  await waitUntil('all bytes to come back', () => client.got.replaceAll('echo:', '').length === LARGE.length)
  client.socket.end()
  await waitUntil('the end to come back', () => client.end === 'ended')
  await waitUntil('nothing to be left', () => proxy.open === 0)
  expect(proxy.taken).toBe(1)
})

test('latency: each direction waits by itself', async () => {
  const client = await dial()
  proxy.setToxics('down', { kind: 'latency', delayMs: 200 })
  client.socket.write('late')
  await waitUntil('the server to have it', () => received === 'late')
  expect(client.got).toBe('')
  await untilGot(client, 'echo:late')
  proxy.setToxics('down')
  proxy.setToxics('up', { kind: 'latency', delayMs: 200, jitterMs: 10 })
  const tookMs = await timed(async () => {
    client.socket.write('later')
    await waitUntil('the server to have it', () => received === 'latelater')
  })
  expect(tookMs).toBeGreaterThan(150)
})

test('bandwidth: 100 kB at 400 kB/s take a quarter of a second', async () => {
  const client = await dial()
  proxy.setToxics('up', { kind: 'bandwidth', bytesPerSecond: 400_000 })
  const tookMs = await timed(async () => {
    client.socket.write(LARGE.subarray(0, 100_000))
    await waitUntil('all bytes to arrive', () => received.length === 100_000)
  })
  expect(tookMs).toBeGreaterThan(200)
})

test('slowClose: the end comes late, what is sent does not', async () => {
  const client = await dial()
  proxy.setToxics('down', { kind: 'slowClose', delayMs: 300 })
  client.socket.end('bye')
  await untilGot(client, 'echo:bye')
  expect(client.end).toBe('open')
  await waitUntil('the end', () => client.end === 'ended')
})

test('timeout: nothing arrives, and the connection is closed after the time', async () => {
  const client = await dial()
  proxy.setToxics('down', { kind: 'timeout', afterMs: 200 })
  client.socket.write('lost')
  await waitUntil('the server to have it', () => received === 'lost')
  await waitUntil('the connection to be closed', () => client.socket.closed)
  expect(client.got).toBe('')
})

test.each(['up', 'down'] as const)(
  'a partition of %s alone stays, and healing it cuts what has lost data',
  async (way) => {
    const client = await dial()
    proxy.setToxics(way, { kind: 'timeout', afterMs: 0 })
    client.socket.write('lost')
    if (way === 'down') await waitUntil('the server to have it', () => received === 'lost')
    else await new Promise((resolve) => setTimeout(resolve, 100))
    expect({ received, got: client.got, end: client.end }).toEqual({
      received: way === 'down' ? 'lost' : '',
      got: '',
      end: 'open',
    })
    await proxy.heal()
    await waitUntil('the connection to be cut', () => client.end === 'ECONNRESET')
    const next = await dial()
    next.socket.write('found')
    await untilGot(next, 'echo:found')
  },
)

test('resetPeer: the peer sees a reset', async () => {
  proxy.setToxics('down', { kind: 'resetPeer', afterMs: 50 })
  const client = await dial()
  await waitUntil('the reset', () => client.end === 'ECONNRESET')
})

test('slicer: data comes in small pieces, complete', async () => {
  const client = await dial()
  client.socket.setNoDelay(true)
  proxy.setToxics('down', { kind: 'slicer', bytes: 4, delayMs: 20 })
  client.socket.write('in five pieces!')
  await untilGot(client, 'echo:in five pieces!')
  expect(client.pieces).toBeGreaterThanOrEqual(4)
})

test('limitData: so many bytes and no more', async () => {
  proxy.setToxics('down', { kind: 'limitData', bytes: 7 })
  const client = await dial()
  client.socket.write('abcdef')
  await waitUntil('the end', () => client.socket.closed || client.end !== 'open')
  expect(client.got).toBe('echo:ab')
})

test('cutAfter: the request arrives, its answer does not', async () => {
  const client = await dial()
  client.socket.write('BEGIN')
  await untilGot(client, 'echo:BEGIN')
  proxy.setToxics('up', { kind: 'cutAfter', text: 'COMMIT' })
  client.socket.write('COMMIT')
  await waitUntil('the reset', () => client.end === 'ECONNRESET')
  await waitUntil('the server to have it', () => received === 'BEGINCOMMIT')
  expect(client.got).toBe('echo:BEGIN')
})

test('silent: connections are taken and nothing is ever answered', async () => {
  await proxy.setMode('silent')
  const client = await dial()
  client.socket.write('hello?')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect({ received, got: client.got, end: client.end }).toEqual({ received: '', got: '', end: 'open' })
  await proxy.heal()
  await waitUntil('the connection to be cut', () => client.end === 'ECONNRESET')
})

test('refused: nothing listens, then the same port does again', async () => {
  const present = await dial()
  const { port } = proxy
  await proxy.setMode('refused')
  await waitUntil('the present connection to be cut', () => present.end === 'ECONNRESET')
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.setMode('open')
  expect(proxy.port).toBe(port)
  const client = await dial()
  client.socket.write('back')
  await untilGot(client, 'echo:back')
})

test('cutAll resets what is connected, and the next connection works', async () => {
  const clients = [await dial(), await dial()]
  proxy.cutAll()
  await waitUntil('both to be cut', () => clients.every(({ end }) => end === 'ECONNRESET'))
  const next = await dial()
  next.socket.write('next')
  await untilGot(next, 'echo:next')
})
