interface Event {
  readonly atMs: number
  /** Of two at the same time the one that was asked for first comes first. */
  readonly number: number
  action: (() => void) | null
}

/** One line of simulated time, in ms since the epoch. Nothing happens but by its events, one after the other. */
export class VirtualTime {
  #nowMs = Date.UTC(2026, 0, 1)
  #count = 0
  /** A binary heap, the next event first. */
  readonly #events: Event[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  /** Runs `action` so much later; the returned function forgets it. */
  after(ms: number, action: () => void): () => void {
    const event: Event = { atMs: this.#nowMs + Math.max(0, Math.ceil(ms)), number: this.#count++, action }
    this.#push(event)
    return () => {
      event.action = null
    }
  }

  /** Goes on to the next event and runs it; false when there is none. */
  step(): boolean {
    for (;;) {
      const event = this.#pop()
      if (!event) return false
      if (!event.action) continue
      this.#nowMs = event.atMs
      event.action()
      return true
    }
  }

  #push(event: Event): void {
    const events = this.#events
    let index = events.length
    events.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = events[parent] as Event
      if (!isBefore(event, above)) break
      events[index] = above
      index = parent
    }
    events[index] = event
  }

  #pop(): Event | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (!first || !last || first === last) return first
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      const [left, right] = [events[child], events[child + 1]]
      if (!left) break
      if (right && isBefore(right, left)) child++
      const below = events[child] as Event
      if (!isBefore(below, last)) break
      events[index] = below
      index = child
    }
    events[index] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number)
}
