import { DomainError } from '@flotilla/core/errors'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { Chance } from './chance.ts'
import { ConnectionLost } from './records-link.ts'
import type { SimulatedServer } from './simulated-server.ts'
import type { Trouble } from './transport.ts'

const GIB = 1n << 30n
const PATIENCE_MS = 6_000
const ACTOR = { name: 'client' }

/** What a client was told, for the checker to hold against what became of it. */
export interface Answered {
  readonly key: string
  readonly kind: 'CREATE' | 'RESIZE' | 'LABEL' | 'DELETE'
  readonly volumeId: VolumeId
}

interface Known {
  readonly id: VolumeId
  sizeBytes: bigint
  isGone: boolean
}

/** Somebody who wants volumes: asks, asks again under the same key when no answer comes, and remembers what was said. */
export class Client {
  readonly #name: string
  readonly #servers: readonly SimulatedServer[]
  readonly #trouble: Trouble
  readonly #chance: Chance
  readonly #known: Known[] = []
  readonly answered: Answered[] = []
  #count = 0
  onFault: (message: string) => void = () => {}

  constructor(name: string, servers: readonly SimulatedServer[], trouble: Trouble) {
    this.#name = name
    this.#servers = servers
    this.#trouble = trouble
    this.#chance = trouble.chance
  }

  /** Asks for so many things, one after the other, within about so much time. */
  async work(operations: number, withinMs: number): Promise<void> {
    for (let done = 0; done < operations; done++) {
      await this.#wait(this.#chance.whole(0, Math.ceil((2 * withinMs) / operations)))
      await this.#askForSomething()
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#trouble.time.after(ms, resolve)
    })
  }

  async #askForSomething(): Promise<void> {
    const chance = this.#chance
    const key = `${this.#name}-${++this.#count}`
    const live = this.#known.filter(({ isGone }) => !isGone)
    const what =
      live.length === 0 || chance.is(0.45)
        ? 'CREATE'
        : chance.pick(['GROW', 'SHRINK', 'LABEL', 'DELETE', 'DELETE'])
    if (what === 'CREATE') {
      const sizeBytes = BigInt(chance.whole(1, 24)) * GIB
      const replicas = chance.whole(1, 2)
      const input = {
        idempotencyKey: key,
        name: key,
        project: 'p',
        policy: 'sample',
        sizeBytes,
        replicas,
        labels: {},
      }
      const placed = await this.#ask(key, (commands) => commands.createVolume(input, ACTOR))
      if (!placed) return
      this.#known.push({ id: placed.volume.id, sizeBytes, isGone: false })
      this.answered.push({ key, kind: 'CREATE', volumeId: placed.volume.id })
      return
    }
    const volume = chance.pick(live)
    const { id } = volume
    if (what === 'DELETE') {
      const input = { idempotencyKey: key, id }
      const deleted = await this.#ask(key, (commands) => commands.deleteVolume(input, ACTOR))
      if (!deleted) return
      volume.isGone = true
      this.answered.push({ key, kind: 'DELETE', volumeId: id })
      return
    }
    const grown = volume.sizeBytes + BigInt(chance.whole(1, 12)) * GIB
    const sizeBytes = what === 'SHRINK' ? volume.sizeBytes / 2n : grown
    const labels = { round: key }
    const change = what === 'LABEL' ? { labels } : { sizeBytes, force: what === 'SHRINK' }
    const updated = await this.#ask(key, (commands) =>
      commands.updateVolume({ idempotencyKey: key, id, ...change }, ACTOR),
    )
    if (!updated) return
    if (what !== 'LABEL') volume.sizeBytes = sizeBytes
    this.answered.push({ key, kind: what === 'LABEL' ? 'LABEL' : 'RESIZE', volumeId: id })
  }

  /** The answer, or null for a refusal. */
  async #ask<T>(key: string, send: (commands: FleetCommands) => Promise<T>): Promise<T | null> {
    for (;;) {
      const server = this.#chance.pick(this.#servers)
      const answer = await this.#withinPatience(send(server.commands))
      this.#trouble.note(`${key} at ${server.process.name}: ${describe(answer)}`)
      if (answer.kind === 'DONE') return answer.value
      if (answer.kind === 'REFUSED') return null
      await this.#wait(this.#chance.whole(10, 500))
    }
  }

  #withinPatience<T>(asking: Promise<T>): Promise<Heard<T>> {
    return new Promise((resolve) => {
      const forget = this.#trouble.time.after(PATIENCE_MS, () => resolve({ kind: 'NOTHING' }))
      asking.then(
        (value) => {
          forget()
          resolve({ kind: 'DONE', value })
        },
        (error: unknown) => {
          forget()
          if (error instanceof DomainError) return resolve({ kind: 'REFUSED', error })
          if (!(error instanceof ConnectionLost)) this.onFault(String(error))
          resolve({ kind: 'NOTHING' })
        },
      )
    })
  }
}

type Heard<T> =
  | { readonly kind: 'DONE'; readonly value: T }
  | { readonly kind: 'REFUSED'; readonly error: DomainError }
  | { readonly kind: 'NOTHING' }

function describe(heard: Heard<unknown>): string {
  return heard.kind === 'REFUSED' ? `refused, ${heard.error.code}` : heard.kind
}
