import type { Clock } from '@flotilla/core/ports/clock'
import type { Chance } from './chance.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * A process that may be killed and frozen. Whatever reaches it from outside, its own timers included, comes through
 * `deliver`: a killed one never hears of it, a frozen one when it goes on.
 */
export class SimulatedProcess implements Clock {
  readonly name: string
  readonly #time: VirtualTime
  readonly #chance: Chance
  #life = 0
  #aheadMs = 0
  #frozen = 0
  #inbox: (() => void)[] = []

  constructor(name: string, time: VirtualTime, chance: Chance) {
    this.name = name
    this.#time = time
    this.#chance = chance
  }

  /** Tells its lives apart. */
  get life(): number {
    return this.#life
  }

  get isFrozen(): boolean {
    return this.#frozen > 0
  }

  now(): number {
    return this.#time.nowMs + this.#aheadMs
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve)
    })
  }

  after(ms: number, action: () => void): () => void {
    const life = this.#life
    return this.#time.after(ms, () => this.deliver(life, action))
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController()
    this.after(ms, () => controller.abort(new DOMException('time is up', 'TimeoutError')))
    return controller.signal
  }

  random(): number {
    return this.#chance.next()
  }

  /** @param life whom it is for */
  deliver(life: number, action: () => void): void {
    if (life !== this.#life) return
    if (this.#frozen > 0) this.#inbox.push(action)
    else action()
  }

  /** Loses everything but its name. */
  kill(): void {
    this.#life++
    this.#inbox = []
  }

  freeze(ms: number): void {
    this.#frozen++
    this.#time.after(ms, () => {
      this.#frozen--
      if (this.#frozen > 0) return
      const inbox = this.#inbox
      this.#inbox = []
      for (const action of inbox) action()
    })
  }

  /** Its clock goes forward at once, as after a machine's suspension. */
  jump(ms: number): void {
    this.#aheadMs += ms
  }
}
