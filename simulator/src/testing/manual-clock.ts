import type { Clock } from '../cluster/clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs = Date.parse('2026-01-01T00:00:00Z')
  #timers: { readonly dueMs: number; readonly action: () => void }[] = []

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, action: () => void): void {
    if (delayMs <= 0) action()
    else this.#timers.push({ dueMs: this.#nowMs + delayMs, action })
  }

  /** Moves time on and runs what has become due, in order. */
  advance(byMs: number): void {
    this.#nowMs += byMs
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs)
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.#nowMs)
    for (const { action } of due.sort((a, b) => a.dueMs - b.dueMs)) action()
  }
}
