import { Refusal } from './refusal.ts'

const MAX_NSID = 65_535

/** Namespace ids are 16 bits wide and recycled, as on the real clusters: never an identity over time. */
export class NsidPool {
  readonly #released: number[] = []
  readonly #used = new Set<number>()
  #highest = 0

  /** An id that is free now; recycled ones first. */
  allocate(): number {
    for (let nsid = this.#released.pop(); nsid !== undefined; nsid = this.#released.pop()) {
      if (!this.#used.has(nsid)) return nsid
    }
    if (this.#highest >= MAX_NSID) throw new Refusal('ResourceExhausted', 'no free namespace id')
    return this.#highest + 1
  }

  /** Called for each record that appears. */
  claim(nsid: number): void {
    this.#used.add(nsid)
    this.#highest = Math.max(this.#highest, nsid)
  }

  /** Called for each record that goes. */
  release(nsid: number): void {
    this.#used.delete(nsid)
    this.#released.push(nsid)
  }
}
