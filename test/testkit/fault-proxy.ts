import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Address, ProxyLink, type Way } from './proxy-link.ts'
import type { Toxic } from './toxics.ts'

/** `silent`: connections are taken and nothing passes (half-open). `refused`: nothing listens. */
export type ProxyMode = 'open' | 'silent' | 'refused'

/**
 * Another address on loopback for any TCP server, a cluster, PostgreSQL or Redis, with every fault that a network may have. TLS passes
 * through. Faults hit present connections and later ones.
 */
export class FaultProxy {
  readonly host = '127.0.0.1'
  #goal: Address
  #mode: ProxyMode = 'open'
  #port = 0
  #taken = 0
  #server: Server | null = null
  readonly #toxics: Record<Way, readonly Toxic[]> = { up: [], down: [] }
  readonly #waiting = new Set<Socket>()
  readonly #links = new Set<ProxyLink>()

  private constructor(goal: Address) {
    this.#goal = goal
  }

  /** Listens when the promise resolves, on a port of its own. */
  static async start(goal: Address, mode: ProxyMode = 'open'): Promise<FaultProxy> {
    const proxy = new FaultProxy(goal)
    await proxy.#listen()
    await proxy.setMode(mode)
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Connections taken so far. */
  get taken(): number {
    return this.#taken
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#links.size + this.#waiting.size
  }

  /** Replaces what is wrong in one direction: `up` is to the server, `down` is back. What has lost data by the former toxics is cut. */
  setToxics(way: Way, ...toxics: readonly Toxic[]): void {
    this.#toxics[way] = toxics
    for (const link of this.#links) link.toxicsChanged(way)
  }

  /** Cuts what is connected when it changes. */
  async setMode(mode: ProxyMode): Promise<void> {
    if (mode === this.#mode) return
    this.#mode = mode
    this.cutAll()
    if (mode === 'refused') await this.#stopListening()
    else if (!this.#server) await this.#listen()
  }

  /** From now on it leads elsewhere; what was connected is cut. */
  leadTo(goal: Address): void {
    this.#goal = goal
    this.cutAll()
  }

  /** Resets every present connection; new ones are taken as before. */
  cutAll(): void {
    for (const link of this.#links) link.reset()
    for (const socket of this.#waiting) socket.resetAndDestroy()
  }

  /** As if nothing had been. */
  async heal(): Promise<void> {
    this.setToxics('up')
    this.setToxics('down')
    await this.setMode('open')
  }

  async close(): Promise<void> {
    this.cutAll()
    await this.#stopListening()
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#take(client))
    this.#server = server
    server.listen(this.#port, this.host)
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
  }

  async #stopListening(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    await closed
  }

  #take(client: Socket): void {
    this.#taken += 1
    if (this.#mode === 'silent') {
      this.#waiting.add(client)
      client.on('error', () => client.destroy()).on('close', () => this.#waiting.delete(client))
      client.on('end', () => client.end()).resume()
      return
    }
    const link = new ProxyLink(client, this.#goal, (way) => this.#toxics[way])
    this.#links.add(link)
    void link.ended.then(() => this.#links.delete(link))
  }
}
