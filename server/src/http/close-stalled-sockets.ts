import type { Server } from 'node:http'
import type { Socket } from 'node:net'

interface Progress {
  /** Bytes that the other side's system has taken. */
  takenBytes: number
  since: number
}

/**
 * Ends every connection that has something waiting to be written of which nothing has gone out for `stalledMs`: a
 * reader that has stopped reading, over HTTP, server-sent events or WebSocket alike.
 *
 * @returns ends the watch
 */
export function closeStalledSockets(server: Server, stalledMs: number): () => void {
  const sockets = new Map<Socket, Progress>()
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { takenBytes: 0, since: performance.now() })
    socket.once('close', () => sockets.delete(socket))
  })
  const timer = setInterval(() => {
    const now = performance.now()
    for (const [socket, progress] of sockets) {
      const takenBytes = socket.bytesWritten - socket.writableLength
      const isWaiting = socket.writableLength > 0
      if (!isWaiting || takenBytes !== progress.takenBytes) sockets.set(socket, { takenBytes, since: now })
      else if (now - progress.since >= stalledMs) socket.resetAndDestroy()
    }
  }, stalledMs / 5)
  return () => clearInterval(timer)
}
