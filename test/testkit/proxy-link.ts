import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { delayData, delayEnd, slice, type Toxic, toxicsOf } from './toxics.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** `up` is from the client to the server, `down` is back. */
export type Way = 'up' | 'down'

/** One connection through a proxy: two sockets, and what passes between them. */
export class ProxyLink {
  /** Settles when both sides are closed. */
  readonly ended: Promise<void>
  readonly #client: Socket
  readonly #server: Socket
  readonly #toxicsOf: (way: Way) => readonly Toxic[]
  readonly #timers: Record<Way, Set<NodeJS.Timeout>> = { up: new Set(), down: new Set() }
  readonly #passedBytes: Record<Way, number> = { up: 0, down: 0 }
  readonly #hasLost: Record<Way, boolean> = { up: false, down: false }
  #isCut = false

  constructor(client: Socket, goal: Address, toxicsOf: (way: Way) => readonly Toxic[]) {
    this.#client = client
    this.#server = connect({ ...goal, allowHalfOpen: true })
    this.#toxicsOf = toxicsOf
    this.ended = Promise.all([this.#client, this.#server].map((socket) => this.#untilClosed(socket))).then(
      () => {
        for (const way of ['up', 'down'] as const) this.#stopClocks(way)
      },
    )
    for (const way of ['up', 'down'] as const) {
      this.#startClocks(way)
      this.#pump(way).catch(() => this.destroy())
    }
  }

  /** What was swallowed is missing for good, so that nothing can follow it. */
  toxicsChanged(way: Way): void {
    this.#stopClocks(way)
    if (this.#hasLost[way] && toxicsOf(this.#toxicsOf(way), 'timeout').length === 0) this.reset()
    else this.#startClocks(way)
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  destroy(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  async #untilClosed(socket: Socket): Promise<void> {
    socket.on('error', () => this.destroy())
    await new Promise((resolve) => socket.once('close', resolve))
    // One that was closed by both ends in order has an end to tell first.
    if (!socket.readableEnded || !socket.writableFinished) this.destroy()
  }

  #startClocks(way: Way): void {
    const toxics = this.#toxicsOf(way)
    for (const { afterMs } of toxicsOf(toxics, 'resetPeer')) this.#after(way, afterMs, () => this.reset())
    for (const { afterMs } of toxicsOf(toxics, 'timeout')) {
      if (afterMs > 0) this.#after(way, afterMs, () => this.destroy())
    }
  }

  #stopClocks(way: Way): void {
    for (const timer of this.#timers[way]) clearTimeout(timer)
    this.#timers[way].clear()
  }

  #after(way: Way, ms: number, action: () => void): void {
    this.#timers[way].add(setTimeout(action, ms).unref())
  }

  async #pump(way: Way): Promise<void> {
    const [from, to] = way === 'up' ? [this.#client, this.#server] : [this.#server, this.#client]
    for await (const data of from as AsyncIterable<Buffer>) {
      for (const { piece, pauseMs } of slice(this.#toxicsOf(way), data)) {
        await delayData(this.#toxicsOf(way), piece.length)
        if (!(await this.#pass(way, piece, to))) return
        if (pauseMs > 0) await sleep(pauseMs)
      }
    }
    await delayEnd(this.#toxicsOf(way))
    to.end()
  }

  /** Whether there can be more. */
  async #pass(way: Way, piece: Buffer, to: Socket): Promise<boolean> {
    const toxics = this.#toxicsOf(way)
    if (this.#isCut) return false
    if (toxicsOf(toxics, 'timeout').length > 0) {
      this.#hasLost[way] = true
      return true
    }
    const left = Math.min(...toxicsOf(toxics, 'limitData').map(({ bytes }) => bytes - this.#passedBytes[way]))
    const allowed = piece.subarray(0, Math.max(0, left))
    this.#passedBytes[way] += allowed.length
    if (allowed.length > 0 && !to.write(allowed)) await Promise.race([once(to, 'drain'), once(to, 'close')])
    if (allowed.length < piece.length || left === allowed.length) {
      to.destroySoon()
      return false
    }
    if (toxicsOf(toxics, 'cutAfter').some(({ text }) => piece.includes(text))) {
      this.#isCut = true
      // In order towards the server, which is to read all of it.
      to.destroySoon()
      this.#client.resetAndDestroy()
      return false
    }
    return true
  }
}
