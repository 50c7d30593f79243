/** Something that runs until it is stopped. */
export interface Part {
  stop(): Promise<void>
}

/** What has been started, to be stopped one after the other in the reverse order. */
export class Parts {
  readonly #started: Promise<Part>[] = []
  #isStopping = false

  /**
   * Remembers the part from the moment it begins to start, so that an interrupted start is undone too. What is added
   * after stop() is stopped at once.
   */
  async add<P extends Part>(starting: Promise<P> | P): Promise<P> {
    const promise = Promise.resolve(starting)
    this.#started.push(promise)
    if (this.#isStopping) await this.stop()
    return promise
  }

  /** Resolves when all have stopped; what never started is passed over. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const starting of this.#started.splice(0).reverse()) {
      const part = await starting.catch(() => null)
      await part?.stop()
    }
  }
}
