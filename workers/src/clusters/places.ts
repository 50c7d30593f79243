/** So many pieces of work at once; others wait in the order in which they came. */
export interface Places {
  run<T>(work: () => Promise<T>): Promise<T>
  /** Runs `work` if a place is free, else answers `null` at once. */
  tryRun<T>(work: () => Promise<T>): Promise<T> | null
  readonly isFull: boolean
}

export function createPlaces(count: number): Places {
  let free = count
  const waiting: (() => void)[] = []
  const runInPlace = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
  return {
    async run(work) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return runInPlace(work)
    },
    tryRun(work) {
      if (free === 0) return null
      free--
      return runInPlace(work)
    },
    get isFull() {
      return free === 0
    },
  }
}
