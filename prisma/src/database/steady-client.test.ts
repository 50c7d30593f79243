import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startTestDatabase } from '../testing/start-test-database.ts'

test('a connection that is cut while it is handed out ends no process: the next statement fails', async () => {
  const db = await startTestDatabase()
  try {
    const { pool } = db.database
    const client = await pool.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const ended = once(client, 'end')
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    // `once` listens for errors itself, and would hide that nobody else does.
    expect(client.listenerCount('error')).toBe(2)
    await ended.catch(() => {})
    await expect(client.query('SELECT 1')).rejects.toThrow()
    client.release(true)
  } finally {
    await db.close()
  }
}, 60_000)
