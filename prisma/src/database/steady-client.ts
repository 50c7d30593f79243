import pg from 'pg'

/**
 * A connection whose end never ends the process. A pool takes its own listener away when it hands a connection out, and whoever
 * asked for it hears of that a moment later: a reset in between would be an `error` event that nobody listens to.
 * The statement that follows fails, as it should.
 */
export class SteadyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => {})
  }
}
