/** Work that nobody waits for, until the process closes. */
export interface BackgroundWork {
  /** How many pieces are under way. */
  readonly size: number
  track(work: Promise<void>): void
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** @param onError is told what has failed; nothing else comes of it */
export function createBackgroundWork(onError: (error: Error) => void): BackgroundWork {
  const underWay = new Set<Promise<void>>()
  return {
    get size() {
      return underWay.size
    },
    track(work) {
      const tracked: Promise<void> = work.catch(onError).finally(() => underWay.delete(tracked))
      underWay.add(tracked)
    },
    async close() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
