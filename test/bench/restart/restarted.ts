import type pg from 'pg'
import type { ApiClient } from '../../testkit/api-client.ts'

/** What is killed, and started again. */
export interface Restarted {
  readonly api: ApiClient
  /** @throws while there is no database to ask */
  sql(): pg.Pool
  /** Resolves when nothing of it is left. */
  kill(): Promise<void>
  /** When each says that it is ready. */
  start(): { readonly server: Promise<unknown>; readonly worker: Promise<unknown> }
}
