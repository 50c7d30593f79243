import { seededRandom } from '@flotilla/simulator/random'

/** Everything that is left to chance, from one seed. */
export class Chance {
  readonly #random: () => number

  constructor(seed: number) {
    // Neighbouring seeds begin alike; a few numbers on they have nothing in common.
    this.#random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995)
  }

  /** 0 <= next < 1 */
  next(): number {
    return this.#random()
  }

  is(probability: number): boolean {
    return this.#random() < probability
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1))
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }
}
