/** Called after each change; `next` is undefined for a removal, `previous` for an insertion. */
export type TableListener<T> = (key: string, next: T | undefined, previous: T | undefined) => void

/** Records by key, listed in a stable order by key. */
export class Table<T> {
  readonly #records = new Map<string, T>()
  readonly #listener: TableListener<T>
  #sortedKeys: string[] | undefined

  constructor(listener: TableListener<T>) {
    this.#listener = listener
  }

  get size(): number {
    return this.#records.size
  }

  get(key: string): T | undefined {
    return this.#records.get(key)
  }

  values(): Iterable<T> {
    return this.#records.values()
  }

  entries(): Iterable<[string, T]> {
    return this.#records.entries()
  }

  /** Inserts or replaces. */
  put(key: string, record: T): void {
    const previous = this.#records.get(key)
    if (previous === undefined) this.#sortedKeys = undefined
    this.#records.set(key, record)
    this.#listener(key, record, previous)
  }

  /** Removes; nothing happens when the key is absent. */
  delete(key: string): void {
    const previous = this.#records.get(key)
    if (previous === undefined) return
    this.#records.delete(key)
    this.#sortedKeys = undefined
    this.#listener(key, undefined, previous)
  }

  /** All records by ascending key, beginning after `offsetKey`, which need not exist. */
  *after(offsetKey: string): Generator<T> {
    this.#sortedKeys ??= [...this.#records.keys()].sort()
    for (let index = firstAfter(this.#sortedKeys, offsetKey); index < this.#sortedKeys.length; index++) {
      const record = this.#records.get(this.#sortedKeys[index] ?? '')
      if (record !== undefined) yield record
    }
  }
}

function firstAfter(sortedKeys: readonly string[], key: string): number {
  let low = 0
  let high = sortedKeys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sortedKeys[middle] ?? '') <= key) low = middle + 1
    else high = middle
  }
  return low
}
